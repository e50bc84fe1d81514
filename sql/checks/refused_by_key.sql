/* known */ and not exists (select from /* table */ r where /* same */)
