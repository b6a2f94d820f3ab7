using Gesso.Contracts.Errors;
using Gesso.Server.Auth;
using Gesso.Server.Hosting;
using Gesso.Testing;

namespace Gesso.Server.Tests.Auth;

public sealed class SecretFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Secrets_are_made_once_and_read_ever_after()
    {
        ServerOptions options = new() { Data = _folder.At("new", "folder") };

        var made = SecretFile.LoadOrCreate(options);
        var read = SecretFile.LoadOrCreate(options);

        Assert.Equal(32, made.Pepper.Length);
        Assert.Equal(made.Pepper, read.Pepper);
        Assert.Equal(made.UrlKeys.Single().Key, read.UrlKeys.Single().Key);
        Assert.Equal([Path.GetFileName(SecretFile.PathFor(options))], Directory.EnumerateFiles(options.Data).Select(Path.GetFileName));
    }

    [Fact]
    public void Secret_file_is_readable_by_its_owner_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        ServerOptions options = new() { Data = _folder.Path };

        _ = SecretFile.LoadOrCreate(options);

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SecretFile.PathFor(options)));
    }

    [Fact]
    public void Servers_that_start_together_share_one_file()
    {
        ServerOptions options = new() { Data = _folder.Path };

        var all = new ServerSecrets[16];
        Parallel.For(0, all.Length, i => all[i] = SecretFile.LoadOrCreate(options));

        Assert.Single(all.Select(s => Convert.ToHexString(s.Pepper)).Distinct());
    }

    [Fact]
    public void PostgreSQL_needs_a_named_file()
    {
        ServerOptions options = new() { Data = _folder.Path, Database = "postgres://gesso@127.0.0.1/gesso" };

        var refusal = Assert.Throws<GessoException>(() => SecretFile.LoadOrCreate(options));

        Assert.Equal("secret_file_needed", refusal.Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
        _ = SecretFile.LoadOrCreate(options with { Security = new SecurityOptions { SecretFile = _folder.At("shared.json") } });
        Assert.True(File.Exists(_folder.At("shared.json")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"pepper":"AAAA","url_keys":[]}""")]
    [InlineData("not json")]
    public void Damaged_file_is_refused_not_replaced(string content)
    {
        ServerOptions options = new() { Data = _folder.Path };
        File.WriteAllText(SecretFile.PathFor(options), content);

        var refusal = Assert.Throws<GessoException>(() => SecretFile.LoadOrCreate(options));

        Assert.Equal("bad_secret_file", refusal.Code);
        Assert.Contains(SecretFile.PathFor(options), refusal.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(SecretFile.PathFor(options)));
    }
}
