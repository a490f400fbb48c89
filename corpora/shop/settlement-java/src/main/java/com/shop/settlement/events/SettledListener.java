package com.shop.settlement.events;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.shop.settlement.SettlementService;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.stereotype.Component;

@Component
public class SettledListener {

    private final SettlementService service;
    private final ObjectMapper json = new ObjectMapper();

    public SettledListener(SettlementService service) {
        this.service = service;
    }

    @KafkaListener(topics = "orders.settled", groupId = "settlement-java")
    public void onSettled(String payload) throws JsonProcessingException {
        SettledEvent event = json.readValue(payload, SettledEvent.class);
        service.book(event);
    }
}
