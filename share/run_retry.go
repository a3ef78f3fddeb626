package share

import "time"

const (
	retryFirst    = time.Second // pause before a file that keeps changing is looked at again
	retryLast     = 5 * time.Minute
	settlingTries = 3 // a file that has just changed is waited for so often
)

// retries are the files that were changing when they were looked at, each with
// the time of the next look. The first few pauses are the quiet time and are
// waited for; then the file counts as one that is being written, and each pause
// is twice the last. A look that finds it changed again knows better.
type retries struct {
	files    map[fileName]retry
	earliest time.Time // of all; zero means not known
	settling int       // how many are in their first few pauses
}

type retry struct {
	job
	due      time.Time
	settling bool
}

func (r *retries) has(name fileName) bool {
	_, ok := r.files[name]
	return ok
}

// add has a file looked at again after a pause, at least wait.
func (r *retries) add(j job, now time.Time, wait time.Duration) {
	settling := wait > 0 && j.attempts < settlingTries
	if !settling {
		wait = max(wait, min(retryLast, retryFirst<<min(max(0, j.attempts-settlingTries), 16)))
	}
	j.attempts++
	r.put(retry{j, now.Add(wait), settling})
}

// renew has a file that waits and was seen to change looked at after just wait:
// who saw it will see it again.
func (r *retries) renew(j job, now time.Time, wait time.Duration) {
	j.attempts = r.files[j.name()].attempts
	settling := wait > 0 && j.attempts < settlingTries
	if settling {
		j.attempts++
	}
	r.put(retry{j, now.Add(wait), settling})
}

func (r *retries) put(f retry) {
	r.drop(f.name())
	r.files[f.name()] = f
	if f.settling {
		r.settling++
	}
	r.earliest = time.Time{}
}

func (r *retries) drop(name fileName) {
	if r.files[name].settling {
		r.settling--
	}
	delete(r.files, name)
}

// next is when the first of them is due.
func (r *retries) next() (time.Time, bool) {
	if r.earliest.IsZero() {
		for _, f := range r.files {
			if r.earliest.IsZero() || f.due.Before(r.earliest) {
				r.earliest = f.due
			}
		}
	}
	return r.earliest, len(r.files) > 0
}

// take gives those that are due, which it drops.
func (r *retries) take(now time.Time) (due []job) {
	for name, f := range r.files {
		if !f.due.After(now) {
			due = append(due, f.job)
			r.drop(name)
		}
	}
	r.earliest = time.Time{}
	return due
}
