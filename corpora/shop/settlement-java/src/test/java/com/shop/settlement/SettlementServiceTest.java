package com.shop.settlement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mockito.Mockito.mock;

import com.shop.settlement.account.Account;
import com.shop.settlement.account.AccountRepository;
import com.shop.settlement.events.SettledEvent;
import com.shop.settlement.fee.FlatFee;
import com.shop.settlement.notify.NotifyClient;
import org.junit.jupiter.api.Test;

class SettlementServiceTest {

    static class SingleAccount implements AccountRepository {
        final Account account = new Account(3, "ada@example.com", 1000);

        @Override
        public Account find(long id) {
            return account;
        }

        @Override
        public void save(Account account) {
        }
    }

    private final SingleAccount accounts = new SingleAccount();
    private final SettlementService service =
            new SettlementService(accounts, new FlatFee(25), mock(NotifyClient.class));

    @Test
    void takesTheFee() {
        assertEquals(25, service.book(new SettledEvent(7, 3, 1800, "EUR")));
        assertEquals(975, accounts.account.getBalance());
    }

    @Test
    void waivedFeesComeBack() {
        service.waive(3, 25);
        assertEquals(1025, accounts.account.getBalance());
    }
}
