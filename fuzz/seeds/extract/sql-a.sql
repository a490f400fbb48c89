!CREATE OR REPLACE VIEW active_users AS
    SELECT id, email FROM users WHERE state = 'active';

-- Moves money.
CREATE OR REPLACE FUNCTION transfer(p_from BIGINT, p_to BIGINT, amount NUMERIC)
RETURNS boolean AS $$
DECLARE
    current NUMERIC;
BEGIN
    SELECT balance INTO current FROM users WHERE id = p_from;
    IF current < amount THEN
        RETURN false;
    ELSE
        UPDATE users SET balance = balance - amount WHERE id = p_from;
    END IF;
    INSERT INTO ledger (account, total) VALUES (p_to, amount)
        ON CONFLICT (account) DO UPDATE SET total = ledger.total + excluded.total;
    PERFORM notify_user(p_to);
    RETURN true;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER users_touch BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION touch();

DELIMITER //
CREATE PROCEDURE close_account(IN account_id INT)
BEGIN
    DELETE FROM sessions WHERE user_id = account_id;
    CASE WHEN account_id > 3 THEN SELECT 1; END CASE;
    UPDATE users SET closed = 1 WHERE id = account_id;
END//
DELIMITER ;
CALL close_account(4);
