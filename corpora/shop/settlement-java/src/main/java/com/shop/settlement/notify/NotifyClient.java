package com.shop.settlement.notify;

import com.shop.settlement.account.Account;
import com.shop.settlement.net.LoadBalancer;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestTemplate;

/** Has notify-js write to users. */
@Component
public class NotifyClient {

    private final RestTemplate http = new RestTemplate();
    private final LoadBalancer hosts;

    public NotifyClient(@Value("${notify.hosts:http://localhost:8090}") List<String> hosts) {
        this.hosts = new LoadBalancer(hosts);
    }

    public void feeTaken(Account account, long fee) {
        String host = hosts.pick();
        Map<String, String> mail = Map.of(
                "to", account.getEmail(),
                "subject", "Your settlement",
                "body", "We took a fee of " + format(fee) + ".");
        http.postForObject(host + "/api/mails", mail, String.class);
    }

    private static String format(long cents) {
        return String.format("%d.%02d", cents / 100, cents % 100);
    }
}
