import 'dart:io';
import 'package:acme/user.dart' as users;
import '../lib/ledger.dart';
export 'src/entry.dart';

/// An account.
@immutable
class Account extends Base with Mixin implements Shape {
  final Ledger ledger;
  int balance = 0;
  static const int max = 10;
  List<Entry> entries = [];

  Account(this.ledger, {int limit = 3}) : super(limit) {
    init();
  }
  Account.named(Ledger other) : ledger = other;

  int get size => entries.length;
  set level(int value) {
    balance = value;
  }

  @override
  Future<User?> apply(Entry entry, [int? count]) async {
    var local = Entry(3);
    balance -= entry.amount;
    this.user?.name = 'x';
    entries.add(local);
    items['a'] = 3;
    await ledger.find(entry.id);
    for (var item in entries) {
      item.apply();
    }
    final twice = (int x) => helper(x);
    print('hello ${local.name}');
    local..go()..stop();
    return user ?? users.find();
  }

  void _hidden() {}
}
