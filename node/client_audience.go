package node

import (
	"context"
	"net/url"
)

// SetAudience changes with whom the folder of that name or path is shared.
func (c *Client) SetAudience(ctx context.Context, nameOrPath string, to Audience) (Share, error) {
	return answer[Share](ctx, c, "POST", "/v1/shares/audience", audienceRequest{Root: nameOrPath, Audience: to})
}

// NodesNamed says which nodes the words mean.
func (c *Client) NodesNamed(ctx context.Context, words []string) ([]NamedNode, error) {
	return answer[[]NamedNode](ctx, c, "GET", "/v1/nodes?"+url.Values{"name": words}.Encode(), nil)
}
