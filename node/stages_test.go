package node

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRunStagesOrder: each stage is stopped only after those started after it have come to rest, however long they take.
func TestRunStagesOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var log []string
		note := func(text string) {
			mu.Lock()
			defer mu.Unlock()
			log = append(log, text)
		}
		slow := func(name string) stage {
			return stage{name, func(ctx context.Context) error {
				<-ctx.Done()
				note(name + " asked")
				time.Sleep(time.Second)
				note(name + " gone")
				return ctx.Err()
			}}
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			time.Sleep(time.Minute)
			cancel()
		}()
		if err := runStages(ctx, []stage{slow("library"), slow("overlay"), slow("api")}); err != nil {
			t.Error(err)
		}
		want := []string{"api asked", "api gone", "overlay asked", "overlay gone", "library asked", "library gone"}
		if diff := cmp.Diff(want, log); diff != "" {
			t.Error(diff)
		}
	})
}

// TestRunStagesFailure: one stage that fails ends all, and its error says which.
func TestRunStagesFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped := false
		err := runStages(t.Context(), []stage{
			{"overlay", func(ctx context.Context) error { <-ctx.Done(); stopped = true; return nil }},
			{"library", func(context.Context) error { return errors.New("disk on fire") }},
		})
		if err == nil || !strings.Contains(err.Error(), "library: disk on fire") || !stopped {
			t.Errorf("err %v, stopped %v", err, stopped)
		}
	})
}
