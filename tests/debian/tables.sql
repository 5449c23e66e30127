-- tables.sql: for sqlite3 on a database in a file.
pragma journal_mode = wal;
create table numbers (n integer primary key, square integer, word text);
begin;
with recursive count(n) as (select 1 union all select n + 1 from count
	where n < 5000)
insert into numbers select n, n * n, printf('%05d', n * 7919 % 10007) from count;
commit;
create index words on numbers (word);
select count(*), sum(square), min(word), max(word) from numbers;
select n, word from numbers where word between '00100' and '00120' order by word;
begin;
delete from numbers where n % 2;
rollback;
select count(*) from numbers;
update numbers set word = upper(hex(word)) where n <= 3;
select * from numbers limit 3;
vacuum;
pragma integrity_check;
pragma wal_checkpoint(truncate);
select json_group_array(n) from (select n from numbers where n < 6);
