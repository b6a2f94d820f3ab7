using Gesso.Platform;
using Gesso.Platform.Accounts;

namespace Gesso.Storage.Tests.Stores;

public abstract class AccountContract(StoreKind kind) : StoreContract(kind)
{
    private IAccountStore Accounts => Stores.Accounts;

    [Fact]
    public async Task Key_is_found_by_its_hash_with_all_its_parts()
    {
        var key = Key("key_1") with { Limits = new KeyLimits { RequestsPerMinute = 3, MaxPixels = 1 << 40, MaxPriority = -2 }, Expires = Now.AddDays(1) };

        await Accounts.AddAsync(key, [1, 2, 3]);

        Assert.Equal(key, await Accounts.FindAsync([1, 2, 3]));
        Assert.Null(await Accounts.FindAsync([1, 2, 4]));
        Assert.Equal([key], await Accounts.ListAsync(Tenant));
        Assert.Empty(await Accounts.ListAsync(new TenantId("another")));
    }

    [Fact]
    public async Task First_key_is_added_once_even_when_servers_start_together()
    {
        var tenant = new Tenant(TenantId.Default, "Default", 1, Now);
        var added = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            Task.Run(() => Accounts.AddFirstAsync(tenant with { Name = $"by {i}" }, Key($"key_{i}") with { Tenant = tenant.Id }, [(byte)i]))));

        Assert.Single(added, a => a);
        Assert.Single(await Accounts.ListAsync(null));
        Assert.Equal($"by {Array.IndexOf(added, true)}", Assert.Single(await Accounts.TenantsAsync()).Name);
    }

    [Fact]
    public async Task Revoked_and_expired_keys_are_found_but_not_valid()
    {
        await Accounts.AddAsync(Key("key_1"), [1]);
        await Accounts.AddAsync(Key("key_2") with { Expires = Now.AddMinutes(1) }, [2]);
        await Accounts.AddAsync(Key("key_3"), [3]);
        Assert.Equal(3, await Accounts.CountValidAsync(Now));

        Assert.False(await Accounts.RevokeAsync(new TenantId("another"), new ApiKeyId("key_1"), Now));
        Assert.True(await Accounts.RevokeAsync(Tenant, new ApiKeyId("key_1"), Now));
        Assert.False(await Accounts.RevokeAsync(null, new ApiKeyId("key_1"), Now.AddDays(1)));

        Assert.Equal(Now, (await Accounts.FindAsync([1]))!.Revoked);
        Assert.Equal(1, await Accounts.CountValidAsync(Now.AddMinutes(1)));
    }

    [Fact]
    public async Task End_of_a_key_can_be_moved_unless_it_is_revoked()
    {
        await Accounts.AddAsync(Key("key_1"), [1]);

        Assert.True(await Accounts.ExpireAsync(new ApiKeyId("key_1"), Now.AddHours(1)));
        Assert.Equal(Now.AddHours(1), (await Accounts.FindAsync([1]))!.Expires);
        _ = await Accounts.RevokeAsync(null, new ApiKeyId("key_1"), Now);
        Assert.False(await Accounts.ExpireAsync(new ApiKeyId("key_1"), Now.AddHours(2)));
        Assert.False(await Accounts.ExpireAsync(new ApiKeyId("key_2"), Now));
    }

    [Fact]
    public async Task Last_use_is_kept_to_the_minute_and_never_moves_back()
    {
        await Accounts.AddAsync(Key("key_1"), [1]);

        await Accounts.TouchAsync(new ApiKeyId("key_1"), Now.AddSeconds(150));
        await Accounts.TouchAsync(new ApiKeyId("key_1"), Now.AddSeconds(30));

        Assert.Equal(Now.AddMinutes(2), (await Accounts.FindAsync([1]))!.LastUsed);
    }

    [Fact]
    public async Task Saved_tenant_keeps_its_first_time()
    {
        await Accounts.SaveAsync(new Tenant(Tenant, "old", 1, Now));
        await Accounts.SaveAsync(new Tenant(Tenant, "new", 2.5, Now.AddDays(1)));

        Assert.Equal(new Tenant(Tenant, "new", 2.5, Now), Assert.Single(await Accounts.TenantsAsync()));
    }

    private static ApiKey Key(string id) => new()
    {
        Id = new ApiKeyId(id),
        Tenant = Tenant,
        Name = "my key",
        Prefix = "gsk_abcdef",
        Role = Role.Submit,
        Created = Now,
    };
}

public sealed class MemoryAccountTests() : AccountContract(StoreKind.Memory);

public sealed class SqliteAccountTests() : AccountContract(StoreKind.Sqlite);

public sealed class PostgresAccountTests() : AccountContract(StoreKind.Postgres);
