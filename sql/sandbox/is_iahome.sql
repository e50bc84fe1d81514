-- Is the app's database there? Its tables and rows came in one transaction: one of them stands for all.
select to_regclass('public.modules') is not null
