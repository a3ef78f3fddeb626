package share

import "time"

// Time in which a file may change again without its mtime telling: file systems
// stamp by the tick of a clock, coarse ones by two seconds.
const (
	settleFine   = 20 * time.Millisecond
	settleCoarse = 2 * time.Second
)

// unsettled gives how long to wait until the state of a file can be told from
// the next; zero when it can be now.
func unsettled(s fileStat, now time.Time) time.Duration {
	settle := settleFine
	if s.mtime%int64(time.Second) == 0 {
		settle = settleCoarse
	}
	age := now.Sub(time.Unix(0, s.mtime))
	if age < 0 || age > settle {
		return 0 // an mtime in the future tells states apart as well as any
	}
	return settle - age + time.Millisecond
}

// rest gives how long a file must still be left alone before it is hashed; zero
// when it may be now. A clock that can be believed tells when it was written
// to. Of a file that came or changed while we were here, the mtime may be an
// old one, kept by whoever copies it: such a one is looked at twice, the quiet
// time apart, and must be the same.
func rest(j job, now time.Time, quiet time.Duration) time.Duration {
	wait := unsettled(j.stat, now)
	if age := now.Sub(time.Unix(0, j.stat.mtime)); age >= 0 && age <= quiet {
		return max(wait, quiet-age+time.Millisecond)
	}
	if !j.calm {
		return max(wait, quiet)
	}
	return wait
}
