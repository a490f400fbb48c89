package com.shop.settlement.account;

public interface AccountRepository {

    Account find(long id);

    void save(Account account);
}
