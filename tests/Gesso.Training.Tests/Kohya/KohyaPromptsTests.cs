using System.Text;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Testing;
using Gesso.Training.Kohya;
using Gesso.Training.Validation;

namespace Gesso.Training.Tests.Kohya;

public sealed class KohyaPromptsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lines_keep_their_options()
    {
        var prompts = Read("prompts.txt", """
            # prompt 1
            masterpiece, best quality, (1girl), in white shirts, upper body, looking at viewer, simple background --n low quality, worst quality, bad anatomy --w 768 --h 768 --d 1 --l 7.5 --s 28

            # prompt 2
              a well-known brand's shoe, flat design --w 576 --h 833 --d 9007199254740993 --s 40 --g 4
            nothing but words
            """, out var notes);

        Assert.Empty(notes);
        Assert.Equal(
            [
                new PreviewPrompt("masterpiece, best quality, (1girl), in white shirts, upper body, looking at viewer, simple background")
                {
                    Negative = "low quality, worst quality, bad anatomy", Size = new ImageSize(768, 768), Seed = new Seed(1), TrueGuidance = 7.5, Steps = 28,
                },
                // kohya rounds down to multiples of 16
                new PreviewPrompt("a well-known brand's shoe, flat design") { Size = new ImageSize(576, 832), Seed = new Seed(9007199254740993), Steps = 40, Guidance = 4 },
                new PreviewPrompt("nothing but words"),
            ],
            prompts);
    }

    [Fact]
    public void Toml_has_what_is_common_and_subsets()
    {
        var prompts = Read("prompts.toml", """
            [prompt]
            width = 512
            height = 768
            sample_steps = 20
            guidance_scale = 3.5
            [[prompt.subset]]
            prompt = "a shoe"
            seed = 5
            [[prompt.subset]]
            prompt = "a hat"
            scale = 2.0
            negative_prompt = "blurry"
            """, out _);

        var common = new PreviewPrompt("a shoe") { Size = new ImageSize(512, 768), Steps = 20, Guidance = 3.5, Seed = new Seed(5) };
        Assert.Equal([common, common with { Text = "a hat", Seed = null, TrueGuidance = 2, Negative = "blurry" }], prompts);
    }

    [Fact]
    public void Json_has_lines_or_objects()
    {
        var prompts = Read("prompts.json", """["a shoe --w 128 --h 64", {"prompt": "a hat", "width": 256, "height": 128, "seed": 3, "sample_steps": 4}]""", out _);

        Assert.Equal(
            [new PreviewPrompt("a shoe") { Size = new ImageSize(128, 64) }, new PreviewPrompt("a hat") { Size = new ImageSize(256, 128), Seed = new Seed(3), Steps = 4 }],
            prompts);
    }

    [Fact]
    public void Options_that_kohya_passes_by_are_named_and_passed_by()
    {
        var prompts = Read("prompts.txt", "a shoe --ss euler_a --fs 3 --ar 16:9 --s 4", out var notes);

        Assert.Equal([new PreviewPrompt("a shoe") { Steps = 4 }], prompts);
        Assert.Contains("--ar, flow_shift, sample_sampler do nothing on FLUX", Assert.Single(notes));
        Assert.Contains("--ar", Assert.Throws<GessoException>(() => KohyaPrompts.Parse("a shoe --ar 16:9")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("prompts.txt", "a --w wide", "bad_value", "prompt 1: width: expected a whole number, got \"wide\"")]
    [InlineData("prompts.txt", "a --d 1.5", "bad_value", "seed")]
    [InlineData("prompts.json", "{}", "prompts_unreadable", "expected a JSON array")]
    [InlineData("prompts.json", "[1]", "prompts_unreadable", "expected a JSON array")]
    [InlineData("prompts.toml", "a = 1", "toml_unreadable", "[prompt]")]
    public void What_cannot_be_read_is_named(string name, string content, string code, string says)
    {
        var error = Assert.Throws<GessoException>(() => Read(name, content, out _));

        Assert.Equal(code, error.Code);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Equal("prompts_unreadable", Assert.Throws<GessoException>(() => KohyaPrompts.Read(_folder.At("none.txt"), [])).Code);
    }

    private IReadOnlyList<PreviewPrompt> Read(string name, string content, out List<string> notes)
    {
        _folder.Add(name, Encoding.UTF8.GetBytes(content));
        notes = [];
        return KohyaPrompts.Read(_folder.At(name), notes);
    }
}
