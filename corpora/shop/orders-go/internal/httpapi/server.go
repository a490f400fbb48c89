// Package httpapi is the HTTP side of the service.
package httpapi

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"example.com/shop/orders-go/internal/order"
	"example.com/shop/orders-go/internal/refund"
	"example.com/shop/orders-go/internal/settle"
	"example.com/shop/orders-go/internal/store"
)

// Server answers requests about orders.
type Server struct {
	Store   store.Store
	Settler *settle.Service
	Refunds *refund.Client
}

// Routes lists what the server answers.
func (s *Server) Routes() http.Handler {
	r := chi.NewRouter()
	r.Get("/health", s.health)
	r.Route("/api/orders", func(r chi.Router) {
		r.Get("/", s.list)
		r.Post("/", s.place)
		r.Get("/{id}", s.show)
		r.Post("/{id}/cancel", s.cancel)
		r.Post("/{id}/settle", s.settleOrder)
		r.Post("/{id}/refund", s.refund)
	})
	return r
}

func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	reply(w, map[string]string{"status": "ok"}, nil)
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	userID, _ := strconv.ParseInt(r.URL.Query().Get("user"), 10, 64)
	found, err := s.Store.List(r.Context(), userID)
	reply(w, found, err)
}

func (s *Server) place(w http.ResponseWriter, r *http.Request) {
	var draft order.Order
	if err := json.NewDecoder(r.Body).Decode(&draft); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	o := order.New(draft.UserID, draft.Lines...)
	reply(w, o, s.Store.Save(r.Context(), o))
}

func (s *Server) show(w http.ResponseWriter, r *http.Request) {
	o, err := s.Store.Get(r.Context(), pathID(r))
	reply(w, o, err)
}

func (s *Server) cancel(w http.ResponseWriter, r *http.Request) {
	o, err := s.Store.Get(r.Context(), pathID(r))
	if err == nil {
		err = o.Cancel()
	}
	if err == nil {
		err = s.Store.UpdateStatus(r.Context(), o.ID, o.Status)
	}
	reply(w, o, err)
}

func (s *Server) settleOrder(w http.ResponseWriter, r *http.Request) {
	o, err := s.Settler.Settle(r.Context(), pathID(r))
	reply(w, o, err)
}

func (s *Server) refund(w http.ResponseWriter, r *http.Request) {
	o, err := s.Store.Get(r.Context(), pathID(r))
	if err == nil {
		err = s.Refunds.Refund(r.Context(), o, r.Header.Get("X-Reason"))
	}
	if err == nil {
		err = s.Store.UpdateStatus(r.Context(), o.ID, o.Status)
	}
	reply(w, o, err)
}

func pathID(r *http.Request) int64 {
	id, _ := strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	return id
}

func reply(w http.ResponseWriter, value any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}
