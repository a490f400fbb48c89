 import "./Ledger.sol";
import {User, Role as R} from "../models/User.sol";

/// An account.
contract Account is Base, ERC20("x") {
    uint256 public balance;
    mapping(address => uint256) private balances;
    User[] public users;
    Ledger internal ledger;
    uint256 constant MAX = 10;
    event Applied(address indexed who, uint256 amount);

    struct Entry { uint256 amount; address who; }
    enum Color { Red, Green }

    modifier onlyOwner() { check(msg.sender); _; }

    constructor(Ledger start) Base(start) { ledger = start; }

    function apply(Entry memory entry, uint256 n) public onlyOwner returns (uint256) {
        Entry memory local = Entry(3, msg.sender);
        balance -= entry.amount;
        balances[msg.sender] += n;
        users.push(User(1));
        ledger.find(entry.who);
        Ledger other = new Ledger(3);
        other.go{value: 1}(2);
        emit Applied(msg.sender, n);
        super.apply(entry, n);
        return helper(n);
    }

    function helper(uint x) internal pure returns (uint) { return x * 2; }
}
