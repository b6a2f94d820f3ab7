using System.Text.Json;
using Gesso.Cli.Commands;
using Gesso.Cli.Commands.Keys;
using Gesso.Contracts.Errors;
using Gesso.Platform.Workers;
using Gesso.Testing.Server;

namespace Gesso.Cli.Tests.Commands;

public sealed class KeysCommandTests : IAsyncLifetime
{
    private ServerFixture _server = null!;

    public async ValueTask InitializeAsync() => _server = await ServerFixture.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Created_key_works_and_its_secret_stands_alone_on_the_output()
    {
        var create = await RunAsync("keys", "create", "laptop of Ann", "--role", "read", "--expires", "30d", "--requests-per-minute", "50");
        string secret = create.Output.Trim();

        Assert.Matches("^gsk_[A-Za-z0-9_-]+$", secret);
        Assert.Contains("\"laptop of Ann\", read", create.Error);
        Assert.Equal(ExitCodes.Ok, (await CliRun.StartAsync("jobs", "list", "--server", _server.Url.ToString(), "--key", secret)).ExitCode);
        Assert.Equal(ExitCodes.Refused, (await CliRun.StartAsync("keys", "list", "--server", _server.Url.ToString(), "--key", secret)).ExitCode);
        var listed = JsonDocument.Parse((await RunAsync("keys", "list", "--json")).Output).RootElement.EnumerateArray().Single(key => key.GetProperty("name").GetString() == "laptop of Ann");
        Assert.Equal(("read", 50), (listed.GetProperty("role").GetString(), listed.GetProperty("limits").GetProperty("requests_per_minute").GetInt32()));
        Assert.False(listed.TryGetProperty("secret", out _));
    }

    [Fact]
    public async Task Rotated_key_has_a_new_secret_and_revoked_keys_are_listed_as_such()
    {
        var made = JsonDocument.Parse((await RunAsync("keys", "create", "ci", "--json")).Output).RootElement;
        string id = made.GetProperty("id").GetString()!;

        var rotated = JsonDocument.Parse((await RunAsync("keys", "rotate", id, "--overlap", "0s", "--json")).Output).RootElement;
        var revoke = await RunAsync("keys", "revoke", rotated.GetProperty("id").GetString()!);
        var list = await RunAsync("keys", "list");

        Assert.NotEqual(made.GetProperty("secret").GetString(), rotated.GetProperty("secret").GetString());
        Assert.Equal(ExitCodes.Ok, revoke.ExitCode);
        Assert.Contains(list.Output.Split('\n'), row => row.StartsWith(rotated.GetProperty("id").GetString()!, StringComparison.Ordinal) && row.Contains("revoked", StringComparison.Ordinal));
        Assert.DoesNotContain(rotated.GetProperty("secret").GetString()!, list.Output);
    }

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("30m", 1800)]
    [InlineData("1.5h", 5400)]
    [InlineData("7d", 604800)]
    [InlineData("0s", 0)]
    public void Times_are_read_as_people_type_them(string text, double seconds) => Assert.Equal(seconds, TimeText.Parse("--overlap", text).TotalSeconds, 3);

    [Theory]
    [InlineData("")]
    [InlineData("h")]
    [InlineData("12")]
    [InlineData("-1h")]
    [InlineData("1w")]
    [InlineData("1e9d")]
    [InlineData("99999d")]
    public void Times_that_are_none_are_told_with_examples(string text)
    {
        var error = Assert.Throws<GessoException>(() => TimeText.Parse("--overlap", text));

        Assert.Equal(ErrorKind.InvalidRequest, error.Kind);
        Assert.Contains("--overlap", error.Message, StringComparison.Ordinal);
        Assert.Contains("12h", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Local_server_tells_its_address_while_it_runs_and_its_key_where_it_may_be_read()
    {
        using var folder = new TemporaryFolder();
        var data = new DataFolder(folder.Path);
        var local = new LocalServer(data);
        Assert.Equal((null, null), (local.Url, local.AdminKey()));

        Directory.CreateDirectory(Path.GetDirectoryName(data.ServerAddress)!);
        File.WriteAllText(data.ServerAddress, """{"url":"http://127.0.0.1:7999"}""");
        File.WriteAllText(data.AdminKey, "gsk_admin\n");
        Assert.Equal((null, "gsk_admin"), (local.Url, local.AdminKey()));
        using (FileLock.TryTake(data.ServerLock))
            Assert.Equal("http://127.0.0.1:7999", local.Url);
    }

    private Task<CliRun> RunAsync(params string[] arguments) => CliRun.StartAsync([.. arguments, "--server", _server.Url.ToString(), "--key", _server.Key]);
}
