package com.shop.settlement;

import com.shop.settlement.fee.FeePolicy;
import com.shop.settlement.fee.FlatFee;
import com.shop.settlement.fee.PercentFee;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

@SpringBootApplication
public class SettlementApplication {

    public static void main(String[] args) {
        SpringApplication.run(SettlementApplication.class, args);
    }

    @Bean
    FeePolicy feePolicy(@Value("${fee.percent:0}") int percent, @Value("${fee.flat:25}") long flat) {
        if (percent > 0) {
            return new PercentFee(percent);
        }
        return new FlatFee(flat);
    }
}
