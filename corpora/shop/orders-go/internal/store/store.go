// Package store keeps orders and charges users.
package store

import (
	"context"
	"errors"

	"example.com/shop/orders-go/internal/order"
)

// ErrNotFound is returned for an unknown order or user.
var ErrNotFound = errors.New("store: not found")

// Store is where orders live.
type Store interface {
	Get(ctx context.Context, id int64) (*order.Order, error)
	List(ctx context.Context, userID int64) ([]*order.Order, error)
	Save(ctx context.Context, o *order.Order) error
	UpdateStatus(ctx context.Context, id int64, status order.Status) error
	ChargeUser(ctx context.Context, userID, cents int64) error
}
