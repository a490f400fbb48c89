package settle

import (
	"context"
	"testing"

	"example.com/shop/orders-go/internal/events"
	"example.com/shop/orders-go/internal/order"
	"example.com/shop/orders-go/internal/store"
)

type recorder struct {
	events []events.Settled
}

func (r *recorder) Publish(_ context.Context, event events.Settled) error {
	r.events = append(r.events, event)
	return nil
}

func TestSettleChargesAndPublishes(t *testing.T) {
	ctx := context.Background()
	memory := store.NewMemory()
	published := &recorder{}
	o := order.New(3, order.Line{SKU: "mug", Quantity: 2, UnitCents: 900})
	if err := memory.Save(ctx, o); err != nil {
		t.Fatal(err)
	}

	if _, err := NewService(memory, published).Settle(ctx, o.ID); err != nil {
		t.Fatal(err)
	}
	if memory.Charged[3] != 1800 {
		t.Errorf("charged %d, want 1800", memory.Charged[3])
	}
	if len(published.events) != 1 {
		t.Errorf("published %d events, want 1", len(published.events))
	}
}
