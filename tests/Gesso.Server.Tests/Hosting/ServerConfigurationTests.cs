using Gesso.Contracts.Errors;
using Gesso.Server.Hosting;
using Gesso.Testing;

namespace Gesso.Server.Tests.Hosting;

public sealed class ServerConfigurationTests
{
    private static readonly Dictionary<string, string?> None = [];

    [Fact]
    public void Flags_win_over_variables_and_variables_over_the_file()
    {
        using var folder = new TestFolder();
        string file = folder.Add("c.json", """{"urls":"http://127.0.0.1:1","data":"from-file","workers":1,"limits":{"maxSteps":50}}"""u8);

        var options = ServerConfiguration.Load(
            file,
            new Dictionary<string, string?> { ["workers"] = "3", ["urls"] = null },
            new Dictionary<string, string?> { ["GESSO_WORKERS"] = "2", ["GESSO_URLS"] = "http://127.0.0.1:2", ["GESSO_LIMITS__MAXCOUNT"] = "4", ["GESSO_LIBTORCH"] = "/not/ours", ["PATH"] = "x" });

        Assert.Equal(3, options.Workers);
        Assert.Equal("http://127.0.0.1:2", options.Urls);
        Assert.Equal("from-file", options.Data);
        Assert.Equal(50, options.Limits.MaxSteps);
        Assert.Equal(4, options.Limits.MaxCount);
    }

    [Theory]
    [InlineData("""{"workers":65}""", "workers", "0 to 64", "65")]
    [InlineData("""{"urls":"ftp://x"}""", "urls", "http://127.0.0.1:7860", "ftp://x")]
    [InlineData("""{"urls":"http://127.0.0.1:70000"}""", "urls", "http://127.0.0.1:7860", "70000")]
    [InlineData("""{"urls":"http://example.com:80"}""", "urls", "IP address", "example.com")]
    [InlineData("""{"database":"mysql://x"}""", "database", "sqlite:PATH", "mysql://x")]
    [InlineData("""{"adapters":"/nowhere/at/all"}""", "adapters", "folders that exist", "/nowhere/at/all")]
    [InlineData("""{"limits":{"maxAdapters":65}}""", "limits:maxAdapters", "0 to 64", "65")]
    [InlineData("""{"limits":{"maxSteps":0}}""", "limits:maxSteps", "1 to 1000", "0")]
    [InlineData("""{"models":{"a":{"engine":"dalle"}}}""", "models:a:engine", "flux or null", "dalle")]
    [InlineData("""{"models":{"a":{}},"defaultModel":"b"}""", "defaultModel", "a", "b")]
    [InlineData("""{"security":{"allowedOrigins":["example.com"]}}""", "security:allowedOrigins", "https://example.com", "example.com")]
    [InlineData("""{"security":{"fetchNetworks":["10.0.0.0"]}}""", "security:fetchNetworks", "10.1.0.0/16", "10.0.0.0")]
    [InlineData("""{"retention":{"jobs":"00:10:00"}}""", "retention:jobs", "1 day", "00:10:00")]
    [InlineData("""{"worker":{"heartbeat":"00:00:03","lease":"00:00:04"}}""", "worker:lease", "two heartbeats", "00:00:04")]
    [InlineData("""{"telemetry":{"metricsUrl":"nine"}}""", "telemetry:metricsUrl", "http://127.0.0.1:7860", "nine")]
    [InlineData("""{"telemetry":{"livenessUrl":"https://*:1"}}""", "telemetry:livenessUrl", "http address", "https://*:1")]
    [InlineData("""{"drain":{"delay":"-00:00:01"}}""", "drain:delay", "00:00:00 to 00:30:00", "-00:00:01")]
    [InlineData("""{"drain":{"grace":"01:00:00"}}""", "drain:grace", "00:00:00 to 00:30:00", "01:00:00")]
    [InlineData("""{"scheduling":{"maxCrashes":0}}""", "MaxCrashes", "1 to 100", "0")]
    public void Values_out_of_range_are_refused_with_field_value_and_range(string json, string field, string range, string value)
    {
        var error = Refused(json);

        Assert.Equal(ErrorKind.InvalidRequest, error.Kind);
        Assert.Contains(field, error.Message, StringComparison.Ordinal);
        Assert.Contains(range, error.Message, StringComparison.Ordinal);
        Assert.Contains(value, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"worker":{"heartbeet":"00:00:03"}}""", "expected known fields, got 'heartbeet'")]
    [InlineData("""{"worksers":1}""", "got 'worksers'")]
    [InlineData("""{"workers":"many"}""", "workers: expected a whole number, got \"many\" (")]
    [InlineData("""{"limits":{"maxSteps":"1.5"}}""", "limits:maxSteps: expected a whole number, got \"1.5\"")]
    [InlineData("""{"drain":{"grace":"5 s"}}""", "drain:grace: expected a time as [d.]hh:mm:ss, got \"5 s\"")]
    [InlineData("""{"security":{"logPrompts":"often"}}""", "security:logPrompts: expected true or false, got \"often\"")]
    [InlineData("""{"urls":""", "JSON")]
    public void Misspelt_fields_wrong_types_and_broken_files_are_refused_by_name(string json, string named)
    {
        var error = Refused(json);

        Assert.Equal("bad_configuration", error.Code);
        Assert.Contains(named, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Folders_of_adapters_come_from_the_variable_of_the_command_line_too_and_a_server_without_workers_need_not_have_them()
    {
        using var folder = new TestFolder();
        var flags = new Dictionary<string, string?> { ["data"] = "/somewhere" };

        Assert.Equal(folder.Path, ServerConfiguration.Load(null, flags, new Dictionary<string, string?> { ["GESSO_ADAPTERS"] = folder.Path }).Adapters);
        Assert.Equal("/nowhere", ServerConfiguration.Load(null, flags, new Dictionary<string, string?> { ["GESSO_ADAPTERS"] = "/nowhere", ["GESSO_WORKERS"] = "0" }).Adapters);
    }

    [Fact]
    public void Missing_file_is_refused() => Assert.Contains(
        "nowhere.json", Assert.Throws<GessoException>(() => ServerConfiguration.Load("/nowhere.json", None, None)).Message, StringComparison.Ordinal);

    [Fact]
    public void Nothing_given_is_a_loopback_server_with_the_bundled_model_and_sqlite()
    {
        var options = ServerConfiguration.Load(null, new Dictionary<string, string?> { ["data"] = "/somewhere" }, None);

        Assert.Equal(ServerOptions.DefaultUrl, options.Urls);
        Assert.StartsWith("sqlite:", options.DatabaseOrDefault, StringComparison.Ordinal);
        Assert.Equal("gesso-mini", Assert.Single(options.ModelsOrDefault).Key);
    }

    private static GessoException Refused(string json)
    {
        using var folder = new TestFolder();
        string file = folder.Add("c.json", System.Text.Encoding.UTF8.GetBytes(json));
        return Assert.Throws<GessoException>(() => ServerConfiguration.Load(file, None, None));
    }
}
