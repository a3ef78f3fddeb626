package transfer_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"starling/share/content"
	"starling/transfer"
)

// A download of five groups with two sources, of which one holds a single group.
func ExamplePicker() {
	layout := content.LayoutOf(5 << 18)
	everything, one := content.NewBitset(5), content.NewBitset(5)
	everything.SetAll()
	one.Set(3)

	now := time.Unix(0, 0)
	p := transfer.NewPicker(layout, content.NewBitset(5), transfer.PickerOptions{Sequential: true}, rand.New(rand.NewPCG(1, 2)))
	p.Join("whole", everything, now)
	p.Join("some", one, now)
	fmt.Println("some:", p.Ask("some", 1<<30, now))
	fmt.Println("whole:", p.Ask("whole", 1<<30, now))

	p.Got("some", 3, now)
	for _, g := range []int{0, 1, 2, 4} {
		p.Got("whole", g, now)
	}
	fmt.Println("complete:", p.Complete(), "wasted:", p.WastedBytes())
	// Output:
	// some: [3]
	// whole: [0 1 2 4]
	// complete: true wasted: 0
}
