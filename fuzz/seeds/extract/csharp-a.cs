using System.Collections.Generic;
using Book = Acme.Pay.Ledger;
using static System.Math;

namespace Acme.Pay;

/// <summary>An account.</summary>
[Serializable]
public class Account : Base, IAccount<int>
{
    private readonly ILedger _ledger;
    public const int Max = 3;
    public decimal Balance { get; set; }
    public string Name => _ledger.Title;
    public List<Entry> Entries { get; } = new();

    public Account(ILedger ledger, int limit = 3) : base(limit)
    {
        _ledger = ledger;
        this.Balance = 0;
    }

    [HttpGet("/accounts/{id}")]
    public async Task<int> ApplyAsync(Entry entry)
    {
        var local = new Entry { Amount = 3 };
        Entry? other = await _ledger.FindAsync(entry.Id);
        Balance -= entry.Amount;
        this.Entries.Add(local);
        other!.Count++;
        foreach (var item in Entries) { item.Apply(); }
        if (other is Special special) { special.Go(); }
        var names = Entries.Where(e => e.Amount > 3).ToList();
        local?.Run();
        var sql = $"SELECT {local.Name}";
        return Helper(Max);
    }

    static int Helper(int value) => value + Max;
}
