#include "account.hpp"
#include <vector>

using namespace std;
using pay::Ledger;

namespace pay::core {

/// An account.
class Account : public Base, private detail::Mixin<int> {
public:
    explicit Account(int id) : Base(id), id_(id) { init(); }
    virtual ~Account() {}
    virtual int balance() const = 0;
    static Account* create(const std::string& name);
    void set(int value) { balance_ = value; this->id_ = 0; }
    enum class Kind { Open, Closed };
private:
    int id_ = 0;
    int balance_;
    std::vector<Entry*> entries_;
    std::unique_ptr<Ledger> ledger_;
};

template <typename T>
class Box : public Container<T> {
    T value;
public:
    T& get() { return value; }
};

Account* Account::create(const std::string& name) {
    auto account = new Account(1);
    Account local(2);
    auto shared = std::make_shared<Account>(3);
    account->set(5);
    local.balance_ += 3;
    account->entries_.push_back(nullptr);
    for (auto& entry : account->entries_) {
        entry->apply();
    }
    auto twice = [&](int x) { return helper(x); };
    if (auto* special = dynamic_cast<Special*>(account)) {
        special->go();
    }
    try {
        throw std::runtime_error("bad");
    } catch (const Error& error) {
        error.what();
    }
    return account;
}

}
