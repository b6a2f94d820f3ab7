using Gesso.Platform.Accounts;

namespace Gesso.Platform.Tests.Accounts;

public sealed class KeySecretTests
{
    private static readonly byte[] Pepper = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void Secrets_are_long_and_differ()
    {
        var secrets = Enumerable.Range(0, 1000).Select(_ => KeySecret.New().Text).ToList();

        Assert.Equal(1000, secrets.Distinct().Count());
        Assert.All(secrets, s => Assert.Matches("^gsk_[A-Za-z0-9_-]{43}$", s));                // 256 bits in base 64
    }

    [Fact]
    public void Prefix_tells_keys_apart_and_is_all_that_is_printed()
    {
        var secret = KeySecret.New();

        Assert.Equal(secret.Text[..10], secret.Prefix);
        Assert.Equal(secret.Prefix + "…", $"{secret}");
    }

    [Fact]
    public void Hash_depends_on_secret_and_pepper()
    {
        byte[] hash = KeySecret.Hash("gsk_x", Pepper);

        Assert.Equal(32, hash.Length);
        Assert.Equal(hash, KeySecret.Hash("gsk_x", Pepper));
        Assert.NotEqual(hash, KeySecret.Hash("gsk_y", Pepper));
        Assert.NotEqual(hash, KeySecret.Hash("gsk_x", Pepper.AsSpan(1)));
    }

    [Fact]
    public void Hash_is_hmac_sha256()
    {
        // RFC 4231, test case 2
        Assert.Equal(
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            Convert.ToHexStringLower(KeySecret.Hash("what do ya want for nothing?", "Jefe"u8)));
    }

    [Theory]
    [InlineData(Role.Admin, true, true, true)]
    [InlineData(Role.Submit, false, true, true)]
    [InlineData(Role.Read, false, false, true)]
    public void Roles_include_those_after_them(Role role, bool admin, bool submit, bool read)
    {
        var key = Key() with { Role = role };

        Assert.Equal((admin, submit, read), (key.May(Role.Admin), key.May(Role.Submit), key.May(Role.Read)));
    }

    [Fact]
    public void Key_is_valid_until_it_is_revoked_or_expires()
    {
        var now = new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

        Assert.True(Key().IsValid(now));
        Assert.False((Key() with { Revoked = now.AddDays(-1) }).IsValid(now));
        Assert.False((Key() with { Expires = now }).IsValid(now));
        Assert.True((Key() with { Expires = now.AddTicks(1) }).IsValid(now));
    }

    private static ApiKey Key() => new()
    {
        Id = new ApiKeyId("key_1"),
        Tenant = TenantId.Default,
        Name = "n",
        Prefix = "gsk_",
        Role = Role.Read,
        Created = default,
    };
}
