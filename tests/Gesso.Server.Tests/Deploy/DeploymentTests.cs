using System.Globalization;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gesso.Server.Health;
using Gesso.Server.Hosting;
using Gesso.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using YamlDotNet.RepresentationModel;

namespace Gesso.Server.Tests.Deploy;

/// <summary>Units, images and manifests call the program as it is.</summary>
public sealed partial class DeploymentTests(OneServer one)
{
    /// <summary>Variables that are not fields of the configuration.</summary>
    private static readonly string[] OtherVariables = ["GESSO_CACHE", "GESSO_LIBTORCH", "GESSO_DB_PASSWORD", "GESSO_HOST"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_file_parses()
    {
        Assert.All(DeployFiles.All("*.yaml"), path => Assert.NotEmpty(DeployFiles.Yaml(path)));
        Assert.All(DeployFiles.All("*.json"), path => Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(File.ReadAllText(path)).RootElement.ValueKind));
    }

    [Fact]
    public void Every_command_and_option_exists()
    {
        string[][] commands =
        [
            [.. DeployFiles.Read("systemd", "gesso.service").Split('\n').Single(l => l.StartsWith("ExecStart=", StringComparison.Ordinal)).Split(' ')[1..]],
            .. DeployFiles.All("Containerfile*").SelectMany(path => JsonArrays(File.ReadAllText(path), "CMD")),
            .. DeployFiles.All("*.yaml").SelectMany(DeployFiles.Yaml).SelectMany(Commands),
        ];
        var options = DeployFiles.OptionsInSources();

        Assert.True(commands.Length >= 6, "units, images, compose and manifests are read");
        Assert.All(commands, command => Assert.Contains(command[0], new[] { "serve", "worker" }));
        Assert.DoesNotContain(commands.SelectMany(c => c), word => word.StartsWith("--", StringComparison.Ordinal) && !options.Contains(word));
    }

    [Fact]
    public void Configurations_are_accepted()
    {
        using TestFolder folder = new();
        var manifest = DeployFiles.Yaml(Path.Combine(DeployFiles.Root, "kubernetes", "config.yaml"))[0];
        string kubernetes = folder.Add("kubernetes.json", System.Text.Encoding.UTF8.GetBytes(DeployFiles.Values(manifest, "gesso-server.json").Single()));

        foreach (string path in new[] { kubernetes, Path.Combine(DeployFiles.Root, "systemd", "gesso-server.json") })
            Assert.NotEmpty(ServerConfiguration.Load(path, new Dictionary<string, string?>(), new Dictionary<string, string?>()).Urls);
    }

    [Fact]
    public void Every_variable_is_a_field_of_the_configuration()
    {
        var variables = Directory.EnumerateFiles(DeployFiles.Root, "*", SearchOption.AllDirectories)
            .SelectMany(path => Variable().Matches(File.ReadAllText(path)).Select(m => m.Value)).Distinct().ToList();

        Assert.Contains("GESSO_DATABASE", variables);
        Assert.DoesNotContain(variables.Except(OtherVariables), v => !IsField(typeof(ServerOptions), v["GESSO_".Length..].Split("__")));
    }

    [Fact]
    public async Task Probes_scraper_and_scaler_ask_paths_that_are_answered()
    {
        var documents = DeployFiles.All("*.yaml").SelectMany(DeployFiles.Yaml).ToList();
        string[] probes = [.. documents.SelectMany(d => Probes(d)).SelectMany(p => DeployFiles.Values(p, "path"))];
        string scaler = documents.SelectMany(d => DeployFiles.Values(d, "url")).Single(u => u.Contains("/api/", StringComparison.Ordinal));
        string value = documents.SelectMany(d => DeployFiles.Values(d, "valueLocation")).Single();
        var routes = one.Server.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Select(e => e.RoutePattern.RawText).ToList();

        Assert.Equal(3, probes.Distinct().Count());
        Assert.All(probes, path => Assert.True(HealthSetup.IsProbe(path), path));
        Assert.Contains("/metrics", routes);
        using var client = one.Server.Client(await one.Server.NewKeyAsync(Platform.Accounts.Role.Read));
        var backlog = await client.GetFromJsonAsync<JsonElement>(new Uri(scaler).AbsolutePath, Cancellation);
        Assert.Equal(JsonValueKind.Number, backlog.GetProperty(value).ValueKind);
    }

    [Fact]
    public void Whoever_stops_the_server_waits_until_it_has_drained()
    {
        var needed = DrainService.ShutdownTimeout(new ServerOptions { Urls = "http://*:7860" });
        string unit = DeployFiles.Read("systemd", "gesso.service").Split('\n').Single(l => l.StartsWith("TimeoutStopSec=", StringComparison.Ordinal));
        string pod = DeployFiles.Yaml(Path.Combine(DeployFiles.Root, "kubernetes", "server.yaml")).SelectMany(d => DeployFiles.Values(d, "terminationGracePeriodSeconds")).Single();

        Assert.True(TimeSpan.FromSeconds(int.Parse(unit.Split('=')[1], CultureInfo.InvariantCulture)) > needed, unit);
        Assert.True(TimeSpan.FromSeconds(int.Parse(pod, CultureInfo.InvariantCulture)) > needed, pod);
    }

    [Fact]
    public void Ports_agree_with_the_configurations()
    {
        string unit = DeployFiles.Read("systemd", "gesso-server.json");
        string map = DeployFiles.Read("kubernetes", "config.yaml");
        string server = DeployFiles.Read("kubernetes", "server.yaml");
        string scrape = DeployFiles.Read("prometheus", "scrape.yaml");

        foreach (string text in new[] { unit, map, server })
        {
            Assert.Contains("7860", text, StringComparison.Ordinal);
            Assert.Contains("9464", text, StringComparison.Ordinal);
        }
        Assert.Contains("127.0.0.1:9464", scrape, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_the_documents_and_images_name_exist()
    {
        foreach (string path in DeployFiles.All("README.md"))
        {
            foreach (Match link in Link().Matches(File.ReadAllText(path)))
                Assert.True(Path.Exists(Path.GetFullPath(link.Groups[1].Value, Path.GetDirectoryName(path)!)), $"{path}: {link.Groups[1].Value}");
        }
        var resources = (YamlSequenceNode)((YamlMappingNode)DeployFiles.Yaml(Path.Combine(DeployFiles.Root, "kubernetes", "kustomization.yaml"))[0])["resources"];
        Assert.All(resources.Children, r => Assert.True(File.Exists(Path.Combine(DeployFiles.Root, "kubernetes", r.ToString()))));
        Assert.All(DeployFiles.All("Containerfile*"), path => Assert.Contains("dotnet publish src/Gesso.Cli", File.ReadAllText(path), StringComparison.Ordinal));
    }

    private static IEnumerable<string[]> Commands(YamlNode root)
    {
        // "args" of pods, "command" of compose services
        foreach (string key in new[] { "args", "command" })
        {
            foreach (var list in Lists(root, key))
                yield return [.. list.Children.Select(c => c.ToString())];
        }
    }

    private static IEnumerable<YamlSequenceNode> Lists(YamlNode node, string key) => node switch
    {
        YamlMappingNode map => map.Children.SelectMany(c => c.Key.ToString() == key && c.Value is YamlSequenceNode list ? [list] : Lists(c.Value, key)),
        YamlSequenceNode list => list.Children.SelectMany(c => Lists(c, key)),
        _ => [],
    };

    private static IEnumerable<YamlNode> Probes(YamlNode node) => node switch
    {
        YamlMappingNode map => map.Children.SelectMany(c => c.Key.ToString().EndsWith("Probe", StringComparison.Ordinal) ? [c.Value] : Probes(c.Value)),
        YamlSequenceNode list => list.Children.SelectMany(Probes),
        _ => [],
    };

    private static IEnumerable<string[]> JsonArrays(string text, string instruction) => text.Split('\n')
        .Where(line => line.StartsWith(instruction + " [", StringComparison.Ordinal))
        .Select(line => JsonSerializer.Deserialize<string[]>(line[instruction.Length..])!);

    private static bool IsField(Type type, string[] path)
    {
        if (path.Length == 0)
            return true;
        if (int.TryParse(path[0], out _) && type.IsGenericType)
            return path.Length == 1;
        var property = type.GetProperty(path[0], BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);
        return property is { CanWrite: true } && IsField(property.PropertyType, path[1..]);
    }

    [GeneratedRegex(@"\bGESSO_[A-Z0-9_]+")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)\)")]
    private static partial Regex Link();
}
