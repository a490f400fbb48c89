package com.shop.settlement.account;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.shop.settlement.net.LoadBalancer;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccountTest {

    @Test
    void balanceCannotBeNegative() {
        Account account = new Account(1, "ada@example.com", 100);
        assertThrows(IllegalArgumentException.class, () -> account.setBalance(-1));
    }

    @Test
    void withdrawStopsAtZero() {
        Account account = new Account(1, "ada@example.com", 100);
        account.withdraw(150);
        assertEquals(0, account.getBalance());
    }

    @Test
    void heavierHostsAreAskedMoreOften() {
        LoadBalancer hosts = new LoadBalancer(List.of("a", "b"));
        hosts.update("a", 2);
        assertEquals(List.of("a", "a", "b"), List.of(hosts.pick(), hosts.pick(), hosts.pick()));
    }
}
