using Gesso.Contracts.Images;
using Gesso.Contracts.Models;
using Gesso.Engine.Library;
using Gesso.Models.Flux;
using Gesso.Testing;

namespace Gesso.Engine.Tests.Library;

public sealed class ModelDefaultsFileTests
{
    [Fact]
    public void Without_a_file_the_published_values_hold()
    {
        using var folder = new TestFolder();

        foreach (string? place in new[] { null, folder.Path })
        {
            var (name, dev) = ModelDefaultsFile.Read(place, FluxVariant.Dev);
            Assert.Null(name);
            Assert.Equal((new ImageSize(1024, 1024), 28, 3.5, 1.0), (dev.Size, dev.Steps, dev.Guidance, dev.TrueGuidance));
            Assert.Equal(("", 512, "euler"), (dev.NegativePrompt, dev.TextLength, dev.Sampler));
        }
        Assert.Equal(4, ModelDefaultsFile.Read(null, FluxVariant.Schnell).Defaults.Steps);
    }

    [Fact]
    public void Every_member_is_read()
    {
        var (name, d) = Read("""
            {
              // comments and trailing commas are fine in files that people write
              "name": "mine", "other": {"things": "may be here"},
              "defaults": {"size": [96, 64], "steps": 7, "guidance": 2.5, "cfg": 3, "negative": "ugly", "text_length": 33, "sampler": "unipc",},
            }
            """);

        Assert.Equal("mine", name);
        Assert.Equal(new ModelDefaults
        {
            Size = new ImageSize(96, 64),
            Steps = 7,
            Guidance = 2.5,
            TrueGuidance = 3,
            NegativePrompt = "ugly",
            TextLength = 33,
            Sampler = "unipc",
        }, d);
    }

    [Fact]
    public void What_a_file_leaves_out_is_as_published()
    {
        var published = ModelDefaultsFile.Read(null, FluxVariant.Dev).Defaults;

        Assert.Equal((null, published), Read("{}"));
        Assert.Equal((null, published), Read("""{"defaults": {}}"""));
        Assert.Equal((null, published with { Steps = 9 }), Read("""{"defaults": {"steps": 9}}"""));
        Assert.Equal(("x", published), Read("""{"name": "x"}"""));
    }

    [Theory]
    [InlineData("""{"defaults": {"setps": 9}}""", "defaults.setps is unknown; it takes size, steps")]
    [InlineData("""{"defaults": {"size": [9]}}""", "defaults.size must be [width, height]")]
    [InlineData("""{"defaults": {"size": [0, 9]}}""", "defaults.size must be [width, height]")]
    [InlineData("""{"defaults": {"size": "big"}}""", "another type")]
    [InlineData("""{"defaults": {"size": [1.5, 2]}}""", "another type")]
    [InlineData("""{"defaults": {"steps": "many"}}""", "another type")]
    [InlineData("""{"defaults": {"steps": 99999999999}}""", "another type")]
    [InlineData("""{"defaults": {"negative": 7}}""", "another type")]
    [InlineData("""{"defaults": [1]}""", "another type")]
    [InlineData("""{"name": 7}""", "another type")]
    [InlineData("""[]""", "expected a JSON object")]
    [InlineData("""{"defaults": """, "not valid JSON")]
    [InlineData("", "not valid JSON")]
    public void A_damaged_file_is_refused_by_its_path(string json, string what)
    {
        using var folder = new TestFolder();
        string path = folder.Add(ModelDefaultsFile.FileName, System.Text.Encoding.UTF8.GetBytes(json));

        string message = Refusal.Of("bad_config", () => ModelDefaultsFile.Read(folder.Path, FluxVariant.Dev));

        Assert.Contains(path, message);
        Assert.Contains(what, message);
    }

    [Fact]
    public void An_unknown_sampler_is_refused_by_the_path_of_the_file()
    {
        using var folder = new TestFolder();
        string path = folder.Add(ModelDefaultsFile.FileName, """{"defaults": {"sampler": "ddim"}}"""u8);

        Assert.Contains(path, Refusal.Of("unknown_sampler", () => ModelDefaultsFile.Read(folder.Path, FluxVariant.Dev)));
    }

    [Fact]
    public void The_defaults_of_a_folder_reach_its_card_and_its_plans()
    {
        using var folder = new TestFolder();
        string model = new TinyModel { TextLength = 40 }.WriteFolder(folder.At("model"));
        string path = Path.Combine(model, ModelDefaultsFile.FileName);
        File.WriteAllText(path, """{"name": "mine", "defaults": {"size": [24, 16], "steps": 3, "text_length": 100}}""");
        using var engine = TinyEngine.Load(model);

        Assert.Equal("mine", engine.Card.Name);
        // a text longer than the tokenizer's is not promised
        Assert.Equal(40, engine.Card.Defaults.TextLength);
        var plan = engine.Plan(new ImageRequest { Prompt = "x" }).First;
        Assert.Equal((new ImageSize(24, 16), 3, 40), (plan.Size, plan.Steps, plan.TextLength));
    }

    private static (string? Name, ModelDefaults Defaults) Read(string json)
    {
        using var folder = new TestFolder();
        folder.Add(ModelDefaultsFile.FileName, System.Text.Encoding.UTF8.GetBytes(json));
        return ModelDefaultsFile.Read(folder.Path, FluxVariant.Dev);
    }
}
