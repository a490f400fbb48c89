// Package settle takes the money for orders.
package settle

import (
	"context"

	"example.com/shop/orders-go/internal/events"
	"example.com/shop/orders-go/internal/order"
	"example.com/shop/orders-go/internal/store"
)

// Service settles orders, one at a time.
type Service struct {
	store  store.Store
	events events.Publisher
}

// NewService joins a store and a publisher.
func NewService(s store.Store, p events.Publisher) *Service {
	return &Service{store: s, events: p}
}

// Settle charges the user, stores the new state and publishes it.
func (s *Service) Settle(ctx context.Context, id int64) (*order.Order, error) {
	o, err := s.store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := o.MarkSettled(); err != nil {
		return nil, err
	}
	if err := s.store.ChargeUser(ctx, o.UserID, o.TotalCents); err != nil {
		return nil, err
	}
	if err := s.store.UpdateStatus(ctx, o.ID, o.Status); err != nil {
		return nil, err
	}
	return o, s.events.Publish(ctx, events.FromOrder(o))
}
