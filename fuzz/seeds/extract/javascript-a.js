class Account extends Base {
  #secret = 1;
  static instances = new Map();
  static { this.register(); }
  handle = () => this.touch();
  constructor(owner) { super(owner); this.owner = owner; this.log = []; this.onSave = () => this.touch(); }
  get balance() { return this.cents / 100; }
  set balance(value) { this.cents = value * 100; }
  static of(owner) { return new this(owner); }
  async *history() { for await (const row of this.rows()) yield row; }
  touch() {
    this.log.push(new Date());
    this.#secret++;
    this.index[this.owner] = this;
    const self = this;
    setTimeout(function () { self.touch(); this.lost(); });
    super.touch();
    return this;
  }
}
const Inline = class extends Account {};
