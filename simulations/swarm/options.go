package swarm

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"starling/transfer"
)

// Order is how receivers choose among the groups they lack.
type Order int

const (
	RarestFirst Order = iota
	Random
	Sequential
)

// Options say what swarm to make. The zero value of a field means its default.
type Options struct {
	// SizeBytes is the file's size. Default 256 MiB. At least two groups.
	SizeBytes int64
	// Seeds hold the whole file from the start. Default 1.
	Seeds int
	// Receivers want it. Default 8.
	Receivers int
	// Poisoners and Stallers are further sources that claim to hold the whole file:
	// the first send bytes that are not its, the others nothing.
	Poisoners, Stallers int
	// UpBytesPerSec limits what a node sends. Default 4 MiB/s.
	UpBytesPerSec float64
	// DownBytesPerSec limits what a receiver takes; 0 is unlimited.
	DownBytesPerSec float64
	// Delay is how long a message takes from one node to another. Default 5 ms.
	Delay time.Duration
	// ArriveEvery is the time from one receiver's start to the next's. Default 0:
	// all start together.
	ArriveEvery time.Duration
	// LeaveAfter is how long a receiver that is done stays; 0: to the end.
	LeaveAfter time.Duration
	// Order is how receivers choose.
	Order Order
	// UpdatesEvery is the least time between two have-updates on a stream. Default
	// 50 ms; negative: none are sent.
	UpdatesEvery time.Duration
	// NoChoice makes sources send what a receiver asks in the order it asks it.
	NoChoice bool
	// Transfer sets slots, turns, the length of the queue and how many sources a
	// receiver talks to. What else it says is not looked at.
	Transfer transfer.Options
	// Until ends a swarm that does not get done. Default 100 times the fluid bound.
	Until time.Duration
	// Samples is how many points a curve of progress has. Default 100.
	Samples int
	// Rand is where chance comes from. Required, and the world's alone.
	Rand *rand.Rand
}

const (
	sizeDefault    = 256 << 20
	upDefault      = 4 << 20
	delayDefault   = 5 * time.Millisecond
	samplesDefault = 100
	untilFactor    = 100
	// nodesMax bounds a world: each node has some 200 KiB.
	nodesMax = 20_000
)

// ErrOptions says that no swarm can be made of the options.
var ErrOptions = errors.New("no such swarm")

func (o Options) withDefaults() (Options, error) {
	set(&o.SizeBytes, sizeDefault)
	set(&o.Seeds, 1)
	set(&o.Receivers, 8)
	set(&o.UpBytesPerSec, upDefault)
	set(&o.Delay, delayDefault)
	set(&o.UpdatesEvery, transfer.RulesOf(o.Transfer).UpdatesEvery)
	set(&o.Samples, samplesDefault)
	switch nodes := o.Seeds + o.Receivers + o.Poisoners + o.Stallers; {
	case o.Rand == nil:
		return o, fmt.Errorf("%w: chance is missing", ErrOptions)
	case o.Seeds < 1 || o.Receivers < 1 || o.Poisoners < 0 || o.Stallers < 0 || nodes > nodesMax:
		return o, fmt.Errorf("%w: %d seeds, %d receivers, %d poisoners, %d stallers; at most %d nodes", ErrOptions, o.Seeds, o.Receivers, o.Poisoners, o.Stallers, nodesMax)
	case o.UpBytesPerSec < rateMin || o.DownBytesPerSec != 0 && o.DownBytesPerSec < rateMin:
		return o, fmt.Errorf("%w: a node that moves less than %d bytes/s", ErrOptions, rateMin)
	}
	if o.Until == 0 {
		o.Until = untilFactor*o.bound() + time.Minute
	}
	return o, nil
}

// rateMin is the least limit of a node's upload or download, in bytes/s.
const rateMin = 4 << 10

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// bound is the fluid bound: no way of sending can be faster than the honest seeds'
// uplinks, a receiver's downlink, or all uplinks together allow; nor has the last
// one its file before it has come and taken it from all others.
func (o Options) bound() time.Duration {
	size, n := float64(o.SizeBytes), float64(o.Receivers)
	seeds := float64(o.Seeds) * o.UpBytesPerSec
	alone := size / (seeds + (n-1)*o.UpBytesPerSec)
	if o.DownBytesPerSec > 0 {
		alone = max(alone, size/o.DownBytesPerSec)
	}
	last := (n-1)*o.ArriveEvery.Seconds() + alone
	longest := max(size/seeds, n*size/(seeds+n*o.UpBytesPerSec), last)
	return time.Duration(longest * float64(time.Second))
}
