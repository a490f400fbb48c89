package store

import (
	"context"
	"sync"

	"example.com/shop/orders-go/internal/order"
)

// Memory is a store for tests.
type Memory struct {
	mu      sync.Mutex
	orders  map[int64]*order.Order
	Charged map[int64]int64
}

// NewMemory makes an empty store.
func NewMemory() *Memory {
	return &Memory{orders: map[int64]*order.Order{}, Charged: map[int64]int64{}}
}

// Get finds one order.
func (m *Memory) Get(_ context.Context, id int64) (*order.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o, ok := m.orders[id]; ok {
		return o, nil
	}
	return nil, ErrNotFound
}

// List finds the orders of one user.
func (m *Memory) List(_ context.Context, userID int64) ([]*order.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []*order.Order
	for _, o := range m.orders {
		if o.UserID == userID {
			found = append(found, o)
		}
	}
	return found, nil
}

// Save numbers the order and keeps it.
func (m *Memory) Save(_ context.Context, o *order.Order) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o.ID = int64(len(m.orders) + 1)
	m.orders[o.ID] = o
	return nil
}

// UpdateStatus changes a kept order.
func (m *Memory) UpdateStatus(ctx context.Context, id int64, status order.Status) error {
	o, err := m.Get(ctx, id)
	if err != nil {
		return err
	}
	o.Status = status
	return nil
}

// ChargeUser adds up what each user has been charged.
func (m *Memory) ChargeUser(_ context.Context, userID, cents int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Charged[userID] += cents
	return nil
}
