using System.Text;
using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Engine.Recipes;
using Gesso.Formats.Png;

namespace Gesso.Engine.Tests.Recipes;

public sealed class RecipePngTests
{
    [Fact]
    public void Png_keeps_the_whole_recipe()
    {
        byte[] png = RecipePng.Write(Samples.Png(), Samples.Full);
        Assert.True(RecipePng.TryRead(png, out Recipe? recipe));
        Samples.AssertSame(Samples.Full, recipe);
        Assert.Equal(["parameters", "gesso"], PngChunks.ReadText(png).Select(text => text.Keyword));
        Assert.Equal(A1111Text.Write(Samples.Full), PngChunks.ReadText(png)[0].Text);
    }

    [Fact]
    public void Png_with_only_the_text_of_others_is_read_from_it()
    {
        byte[] png = PngChunks.WithText(Samples.Png(), [new PngText("parameters", "a fox\nSteps: 20, Sampler: Euler a, Seed: 5, Size: 64x64")]);
        Assert.Equal((20, "euler-ancestral"), (RecipePng.Read(png, "fox.png").Steps, RecipePng.Read(png, "fox.png").Sampler));
    }

    [Fact]
    public void Png_with_damaged_json_falls_back_to_the_text()
    {
        byte[] png = PngChunks.WithText(Samples.Png(), [new PngText("gesso", "{"), new PngText("parameters", "a fox")]);
        Assert.Equal("a fox", RecipePng.Read(png, "fox.png").Prompt);
        byte[] alone = PngChunks.WithText(Samples.Png(), [new PngText("gesso", "{")]);
        Assert.Equal("recipe_invalid", Assert.Throws<GessoException>(() => RecipePng.Read(alone, "fox.png")).Code);
    }

    [Theory]
    [InlineData("", "it carries no text at all")]
    [InlineData("workflow={}", "ComfyUI")]
    [InlineData("Author=me", "its texts are: Author")]
    [InlineData("parameters={\"sui_image_params\":{}}", "its texts are: parameters")]
    public void Png_without_a_recipe_is_an_error_that_says_so(string text, string expected)
    {
        PngText[] texts = [.. text.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(pair => new PngText(pair.Split('=')[0], pair.Split('=')[1]))];
        byte[] png = PngChunks.WithText(Samples.Png(), texts);
        Assert.False(RecipePng.TryRead(png, out _));
        GessoException error = Assert.Throws<GessoException>(() => RecipePng.Read(png, "fox.png"));
        Assert.Equal("recipe_missing", error.Code);
        Assert.StartsWith("fox.png has no recipe", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Png_does_not_take_a_second_recipe()
    {
        byte[] png = RecipePng.Write(Samples.Png(), Samples.Full);
        Assert.Equal("recipe_present", Assert.Throws<GessoException>(() => RecipePng.Write(png, Samples.Full)).Code);
    }

    [Fact]
    public void Png_takes_prompts_that_png_text_cannot_hold()
    {
        byte[] png = RecipePng.Write(Samples.Png(), new Recipe { Prompt = "half \ud83d and \0 nothing" });
        Assert.Equal("half \uFFFD and \0 nothing", RecipePng.Read(png, "x.png").Prompt);
    }

    [Fact]
    public void Json_is_ascii_snake_case_with_a_schema_version()
    {
        string json = RecipeJson.Write(Samples.Full);
        Assert.True(Ascii.IsValid(json));
        JsonElement root = JsonDocument.Parse(json).RootElement;
        Assert.Equal(1, root.GetProperty("schema_version").GetInt32());
        string[] names = ["width", "height", "prompt_2", "true_guidance", "text_length", "init_image"];
        Assert.All(names, name => Assert.True(root.TryGetProperty(name, out _), name));
        Assert.Equal("bfl", root.GetProperty("parity").GetString());
        Assert.Equal("float32", root.GetProperty("engine").GetProperty("compute_type").GetString());
        Assert.Equal(long.MaxValue, root.GetProperty("seed").GetInt64());
        Assert.Equal("""{"schema_version":1,"prompt":"x"}""", RecipeJson.Write(new Recipe { Prompt = "x" }));
    }

    [Theory]
    [InlineData("""{"prompt":null}""", "recipe_invalid")]
    [InlineData("""{"steps":3}""", "recipe_invalid")]
    [InlineData("""{"prompt":"x","steps":0}""", "recipe_invalid")]
    [InlineData("""{"prompt":"x","seed":-1}""", "recipe_invalid")]
    [InlineData("""{"prompt":"x","width":8}""", "recipe_invalid")]
    [InlineData("""{"prompt":"x","parity":"a1111"}""", "recipe_invalid")]
    [InlineData("""{"prompt":"x","mask":{"name":"m.png","sha256":"12"}}""", "recipe_invalid")]
    [InlineData("""{"prompt":"x","mask":{"name":"m.png"}}""", "recipe_invalid")]
    [InlineData("[]", "recipe_invalid")]
    [InlineData("null", "recipe_invalid")]
    [InlineData("""{"schema_version":2,"prompt":"x"}""", "recipe_too_new")]
    public void Json_with_impossible_values_is_refused(string json, string code) =>
        Assert.Equal(code, Assert.Throws<GessoException>(() => RecipeJson.Parse(json)).Code);

    [Fact]
    public void Json_ignores_members_of_later_versions() => Assert.Equal("x", RecipeJson.Parse("""{"prompt":"x","loras":[1]}""").Prompt);

    [Fact]
    public void Request_becomes_a_recipe_and_a_request_again()
    {
        var picture = new RasterImage(1, 1, 3, [1, 2, 3]);
        var mask = new RasterImage(1, 1, 1, [255]);
        var request = new ImageRequest
        {
            Prompt = "a fox",
            Prompt2 = "t5",
            NegativePrompt = "blur",
            Size = new ImageSize(64, 32),
            Steps = 4,
            Guidance = 2,
            TrueGuidance = 1.5,
            Seed = new Seed(10),
            Count = 3,
            InitImage = picture,
            Mask = mask,
            Strength = 0.5,
            TextLength = 256,
            Sampler = "unipc",
            Parity = ParityMode.Comfy,
        };
        RecipeFile start = RecipeFile.Of("/home/me/private/start.png", [1, 2, 3]);
        Recipe recipe = request.ToRecipe(2, new RecipeModel("m", "h"), new EngineFacts("cpu", "float32", 2), start, RecipeFile.Of(null, [4]));
        Assert.Equal("start.png", recipe.InitImage?.Name);
        Assert.Equal(new Seed(12), recipe.Seed);
        Assert.Equal(Recipe.CurrentSoftware, recipe.Software);
        Assert.Matches("^gesso [0-9]+\\.[0-9]+\\.[0-9]+$", Recipe.CurrentSoftware);
        Assert.Equal(request with { Seed = new Seed(12), Count = 1 }, recipe.ToRequest(picture, mask));
        Assert.True(start.Matches([1, 2, 3]));
        Assert.False(start.Matches([1, 2, 4]));

        GessoException error = Assert.Throws<GessoException>(() => recipe.ToRequest());
        Assert.Equal("recipe_needs_picture", error.Code);
        Assert.Contains("start.png", error.Message, StringComparison.Ordinal);
        Assert.Contains("--mask", Assert.Throws<GessoException>(() => recipe.ToRequest(picture)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Request_with_open_members_makes_no_recipe()
    {
        var open = new ImageRequest { Prompt = "a fox", Size = new ImageSize(8, 8), Steps = 1, Sampler = "euler" };
        GessoException error = Assert.Throws<GessoException>(() => open.ToRecipe(0, new RecipeModel("m", null), new EngineFacts("cpu", "float32")));
        Assert.Equal(("recipe_incomplete", ErrorKind.Bug), (error.Code, error.Kind));
    }
}
