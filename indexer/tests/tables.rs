//! Tables behind models that are no classes of their own, and behind relations between models: what
//! `sequelize.define` makes, and what `has_many`, `hasMany` and their like lead to.

use crate::links::{links, records, workspace};

/// Whether one of some records begins and ends like this: models in functions have long names.
fn has_record(records: &[String], front: &str, end: &str) -> bool {
    records.iter().any(|record| record.starts_with(front) && record.ends_with(end))
}

#[test]
fn models_that_a_call_makes_are_offered_by_their_folder() {
    let index = "const fs = require('fs');
const path = require('path');
const Sequelize = require('sequelize');
const sequelize = new Sequelize(process.env.DATABASE);
const db = {};
fs.readdirSync(__dirname).forEach((file) => {
  const model = require(path.join(__dirname, file))(sequelize, Sequelize.DataTypes);
  db[model.name] = model;
});
db.sequelize = sequelize;
module.exports = db;
";
    let user = "module.exports = (sequelize, DataTypes) => {
  const User = sequelize.define('User', {
    balance: DataTypes.INTEGER,
    owner: { type: DataTypes.STRING, field: 'owner_id' },
  }, { tableName: 'accounts' });
  User.associate = function (models) {
    User.hasMany(models.Order, { as: 'orders' });
  };
  return User;
};
";
    let order = "module.exports = (sequelize, DataTypes) => {
  return sequelize.define('Order', { total: DataTypes.INTEGER });
};
";
    let code = "const db = require('./models');
const { Order } = require('./models');
const other = require('./other');
async function credit(id) {
  await db.User.update({ balance: 1 }, { where: { id } });
}
async function sell(id) {
  const user = await db.User.findByPk(id);
  await user.createOrder({ total: 1 });
}
async function drop(id) {
  await Order.destroy({ where: { id } });
}
async function guess(id) {
  await other.User.update({ balance: 1 }, { where: { id } });
}
module.exports = { credit, sell, drop, guess };
";
    let reader = "def total(db):\n    db.execute('SELECT owner_id FROM accounts')\n    db.execute('SELECT total FROM orders')\n";
    let snapshot = workspace(&[
        ("shop/models/index.js", index),
        ("shop/models/user.js", user),
        ("shop/models/order.js", order),
        ("shop/bank.js", code),
        ("shop/other.js", "module.exports = load();\n"),
        ("report/report.py", reader),
    ]);
    let found = records(&snapshot, "sequelize");
    assert!(has_record(&found, "credit writes ", "User"), "{found:?}");
    assert!(has_record(&found, "credit writes ", "User.balance"), "{found:?}");
    assert!(has_record(&found, "sell reads ", "User"), "{found:?}");
    assert!(has_record(&found, "sell writes ", "Order.total"), "{found:?}");
    assert!(has_record(&found, "drop writes ", "Order"), "{found:?}");
    assert!(!has_record(&found, "guess ", ""), "{found:?}");
    let tables = links(&snapshot);
    let reads = |end: &str, key: &str| {
        let ending = format!("{end} {key}");
        tables.iter().any(|it| it.starts_with("report/total reads shop/") && it.ends_with(&ending))
    };
    assert!(reads("User.owner", "accounts"), "{tables:?}");
    assert!(reads("Order.total", "orders"), "{tables:?}");
}

#[test]
fn relations_of_active_record_lead_to_the_other_table() {
    let schema = "ActiveRecord::Schema.define(version: 1) do
  create_table \"users\" do |t|
    t.decimal \"balance\"
  end
  create_table \"orders\" do |t|
    t.string \"status\"
  end
end
";
    let user = "class User < ApplicationRecord\n  has_many :orders\nend\n";
    let order = "class Order < ApplicationRecord\n  belongs_to :user\nend\n";
    let code = "class Desk
  def cancel(id)
    User.find(id).orders.update_all(status: \"cancelled\")
  end

  def refund(id)
    order = Order.find(id)
    order.user.increment!(:balance)
  end

  def guess(customer)
    customer.orders.update_all(status: \"lost\")
  end
end
";
    let snapshot = workspace(&[
        ("shop/app/models/user.rb", user),
        ("shop/app/models/order.rb", order),
        ("shop/app/desk.rb", code),
        ("shop/db/schema.rb", schema),
    ]);
    assert_eq!(
        records(&snapshot, "activerecord"),
        [
            "Desk.cancel writes Order",
            "Desk.cancel writes orders.status",
            "Desk.refund writes User",
            "Desk.refund writes users.balance",
        ]
    );
}

#[test]
fn relations_of_eloquent_lead_to_the_other_table() {
    let schema =
        "CREATE TABLE users (id INT, balance INT);\nCREATE TABLE orders (id INT, status TEXT);\n";
    let user = "<?php
namespace App\\Models;
use Illuminate\\Database\\Eloquent\\Model;
class User extends Model {
    public function orders() { return $this->hasMany(Order::class); }
}
";
    let order = "<?php
namespace App\\Models;
use Illuminate\\Database\\Eloquent\\Model;
class Order extends Model {
    public function user() { return $this->belongsTo(User::class); }
}
";
    let code = "<?php
namespace App;
use App\\Models\\Order;
use App\\Models\\User;
class Desk {
    public function cancel(User $user) {
        $user->orders()->update(['status' => 'cancelled']);
    }
    public function refund(Order $order) {
        $order->user->update(['balance' => 0]);
    }
    public function show(User $user) {
        return $user->orders;
    }
}
";
    let snapshot = workspace(&[
        ("shop/app/Models/User.php", user),
        ("shop/app/Models/Order.php", order),
        ("shop/app/Desk.php", code),
        ("shop/database/schema.sql", schema),
    ]);
    let found = records(&snapshot, "eloquent");
    assert!(has_record(&found, "Desk.cancel writes ", "orders.status"), "{found:?}");
    assert!(has_record(&found, "Desk.refund writes ", "users.balance"), "{found:?}");
    assert!(has_record(&found, "Desk.show reads ", "Order"), "{found:?}");
    assert!(!has_record(&found, "Desk.cancel writes ", "User"), "{found:?}");
}
