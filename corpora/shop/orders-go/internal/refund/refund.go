// Package refund gives money back through accounts-api.
package refund

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"example.com/shop/orders-go/internal/order"
)

// Client talks to accounts-api.
type Client struct {
	base string
	http *http.Client
}

// NewClient takes the address of accounts-api, without a slash at the end.
func NewClient(base string) *Client {
	return &Client{base: base, http: http.DefaultClient}
}

type credit struct {
	Amount int64  `json:"amount"`
	Reason string `json:"reason"`
}

// Refund credits the user with the total of a settled order.
func (c *Client) Refund(ctx context.Context, o *order.Order, reason string) error {
	if err := o.MarkRefunded(); err != nil {
		return err
	}
	body, err := json.Marshal(credit{Amount: o.TotalCents, Reason: reason})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("%s/api/accounts/%d/credit", c.base, o.UserID), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("refund: accounts-api answered %s", resp.Status)
	}
	return nil
}
