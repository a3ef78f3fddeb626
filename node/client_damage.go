package node

import (
	"context"
	"iter"
)

// A VerifyEvent is a file in which something was found, or counts: progress, and last the summary.
type VerifyEvent struct {
	File   *VerifiedFile
	Counts *VerifyCounts
}

// Verify has shared files read again and yields what is found, how far it is, and last the summary. It stops when ctx ends.
func (c *Client) Verify(ctx context.Context, targets []string) iter.Seq2[VerifyEvent, error] {
	return stream(ctx, c, "POST", "/v1/shares/verify", VerifyRequest{Targets: targets}, func(e event) (out VerifyEvent, last bool, err error) {
		switch e.name {
		case "progress", "summary":
			out.Counts = new(VerifyCounts)
			return out, e.name == "summary", e.decode(out.Counts)
		}
		out.File = new(VerifiedFile)
		return out, false, e.decode(out.File)
	})
}

// Damaged lists the files that are not served because they are damaged.
func (c *Client) Damaged(ctx context.Context) ([]DamagedFile, error) {
	return answer[[]DamagedFile](ctx, c, "GET", "/v1/damaged", nil)
}

// Repair starts to repair files. It takes as long as reading those that nobody has found damaged so far.
func (c *Client) Repair(ctx context.Context, request RepairRequest) (RepairAnswer, error) {
	return answer[RepairAnswer](ctx, c, "POST", "/v1/repair", request)
}
