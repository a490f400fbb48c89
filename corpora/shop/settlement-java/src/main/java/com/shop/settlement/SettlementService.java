package com.shop.settlement;

import com.shop.settlement.account.Account;
import com.shop.settlement.account.AccountRepository;
import com.shop.settlement.events.SettledEvent;
import com.shop.settlement.fee.FeePolicy;
import com.shop.settlement.notify.NotifyClient;
import org.springframework.stereotype.Service;

/** Takes the shop's fee for settled orders. */
@Service
public class SettlementService {

    private final AccountRepository accounts;
    private final FeePolicy fees;
    private final NotifyClient notify;

    public SettlementService(AccountRepository accounts, FeePolicy fees, NotifyClient notify) {
        this.accounts = accounts;
        this.fees = fees;
        this.notify = notify;
    }

    /** Books the fee of one order; returns what was taken. */
    public long book(SettledEvent event) {
        Account account = accounts.find(event.userId());
        long fee = fees.apply(event.totalCents());
        account.withdraw(fee);
        accounts.save(account);
        notify.feeTaken(account, fee);
        return fee;
    }

    /** Undoes a fee that should not have been taken. */
    public void waive(long accountId, long fee) {
        Account account = accounts.find(accountId);
        account.setBalance(account.getBalance() + fee);
        accounts.save(account);
    }
}
