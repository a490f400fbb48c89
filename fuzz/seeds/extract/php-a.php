<?php
declare(strict_types=1);

namespace Acme\Pay;

use Acme\Models\User;
use Acme\Models\{Entry, Ledger as Book};

require_once __DIR__ . '/lib.php';

const LIMIT = 3;

/** An account. */
abstract class Account extends Base implements Countable
{
    use SoftDeletes;

    public const MAX = 10;
    private int $balance = 0;
    protected ?User $user;

    public function __construct(private readonly Book $ledger, User $user, int $level = 3)
    {
        $this->user = $user;
        parent::__construct($level);
    }

    #[Route('/accounts/{id}', methods: ['GET'])]
    public function apply(Entry $entry, string ...$rest): ?User
    {
        $local = new Entry(1, name: 'x');
        $this->balance -= $entry->amount;
        $this->user->name = 'x';
        $this->items['a'] = 4;
        static::create();
        User::find(1)->save();
        foreach ($this->items as $key => $item) {
            $item->go();
        }
        $twice = fn($x) => $this->double($x);
        helper($local);
        \Acme\other();
        if ($local instanceof Special) {
            $local->special();
        }
        try {
            risky();
        } catch (FooException $error) {
            $error->getMessage();
        }
        return self::MAX ?? $this->user;
    }

    abstract protected function double(int $x): int;
}
