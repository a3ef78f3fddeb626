package node

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// A Content is the bytes of a file, or of a part of it, as they come.
type Content struct {
	ID   string
	Name string

	client *Client
	ctx    context.Context
	body   io.ReadCloser
}

// Content opens a file, held or not: the target is a row of a search, a content id or the beginning of a known one, or a magnet link. part
// is empty for the whole file, else a range of HTTP without its unit: "0-499", "500-", "-500". It returns when the size of the file is
// known. Close it in any case.
func (c *Client) Content(ctx context.Context, target, part string) (*Content, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/v1/content/"+url.PathEscape(target), nil)
	if err != nil {
		return nil, err
	}
	if part != "" {
		request.Header.Set("Range", "bytes="+part)
	}
	response, err := c.do(request)
	if err != nil {
		return nil, err
	}
	if part != "" && response.StatusCode != http.StatusPartialContent {
		response.Body.Close()
		return nil, usage("%q is no range of bytes: use FIRST-LAST, FIRST- or -COUNT", part)
	}
	_, params, _ := mime.ParseMediaType(response.Header.Get("Content-Disposition"))
	return &Content{
		ID: strings.Trim(response.Header.Get("ETag"), `"`), Name: params["filename"],
		client: c, ctx: ctx, body: response.Body,
	}, nil
}

// Read reads what has come. When the node breaks off, the error is the *Problem that the download has.
func (c *Content) Read(b []byte) (int, error) {
	n, err := c.body.Read(b)
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	return n, c.why(err)
}

// why asks for the reason of a stream that broke off. The node keeps a download for a while after its last reader.
func (c *Content) why(err error) error {
	if c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	downloads, listErr := c.client.Downloads(c.ctx)
	if listErr != nil {
		return errors.New("the node has gone away in the middle of the file")
	}
	for _, d := range downloads {
		if d.ID == c.ID && d.Code != "" {
			return &Problem{Code: d.Code, Message: d.Reason}
		}
	}
	return &Problem{Code: CodeTimeout, Message: "the node broke off in the middle of the file: nothing came for too long, or it was changed or cancelled (" + err.Error() + ")"}
}

// Close ends the reading.
func (c *Content) Close() error { return c.body.Close() }

// Play asks for an address that lets any program of this machine read one file while it comes, without the token of the API.
func (c *Client) Play(ctx context.Context, target string) (Play, error) {
	return answer[Play](ctx, c, "POST", "/v1/play", PlayRequest{Target: target})
}
