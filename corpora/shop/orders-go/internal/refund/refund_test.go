package refund

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/shop/orders-go/internal/order"
)

func TestRefundCreditsTheUser(t *testing.T) {
	var path string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.Path
	}))
	defer server.Close()

	o := order.New(3, order.Line{SKU: "mug", Quantity: 1, UnitCents: 900})
	if err := o.MarkSettled(); err != nil {
		t.Fatal(err)
	}
	if err := NewClient(server.URL).Refund(context.Background(), o, "broken"); err != nil {
		t.Fatal(err)
	}
	if path != "/api/accounts/3/credit" {
		t.Errorf("path = %q", path)
	}
}
