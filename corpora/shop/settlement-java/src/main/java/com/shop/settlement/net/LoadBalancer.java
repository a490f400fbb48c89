package com.shop.settlement.net;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Deals requests out to hosts in turn, heavier hosts more often. */
public class LoadBalancer {

    private final List<String> hosts;
    private final Map<String, Integer> weights = new HashMap<>();
    private int balance;
    private int next;

    public LoadBalancer(List<String> hosts) {
        this.hosts = List.copyOf(hosts);
        reset();
    }

    /** The host to ask now. */
    public String pick() {
        String host = hosts.get(next);
        balance -= 1;
        if (balance <= 0) {
            next = (next + 1) % hosts.size();
            balance = weights.get(hosts.get(next));
        }
        return host;
    }

    public void update(String host, int weight) {
        weights.put(host, weight);
        setBalance(weights.get(hosts.get(next)));
    }

    public void setBalance(int value) {
        this.balance = value;
    }

    public void reset() {
        hosts.forEach(host -> weights.put(host, 1));
        next = 0;
        setBalance(1);
    }
}
