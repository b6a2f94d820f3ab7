using System.Text.RegularExpressions;
using Gesso.Contracts.Images;
using Gesso.Engine.Recipes;

namespace Gesso.Engine.Tests.Recipes;

public sealed class A1111TextTests
{
    [Fact]
    public void Write_gives_the_lines_that_other_programs_parse()
    {
        var recipe = new Recipe
        {
            Prompt = "a red fox",
            NegativePrompt = "blurry",
            Steps = 16,
            Sampler = "euler",
            TrueGuidance = 3,
            Guidance = 3.5,
            Seed = new Seed(1),
            Size = new ImageSize(128, 128),
            Model = new RecipeModel("gesso-mini", Samples.Hash),
            Strength = 0.6,
            Software = "gesso 0.1.0",
        };
        Assert.Equal(
            "a red fox\nNegative prompt: blurry\n"
            + "Steps: 16, Sampler: Euler, CFG scale: 3, Distilled CFG Scale: 3.5, Seed: 1, Size: 128x128, Model hash: 0a1b2c3d0a, Model: gesso-mini, "
            + "Denoising strength: 0.6, Version: gesso 0.1.0",
            A1111Text.Write(recipe));
    }

    [Fact]
    public void Write_then_parse_keeps_what_the_format_holds()
    {
        Recipe full = Samples.Full;
        Recipe expected = full with
        {
            Prompt2 = null,
            LaysWords = false,
            TextRing = null,
            Parity = null,
            TextLength = null,
            InitImage = null,
            Mask = null,
            Engine = null,
            Model = new RecipeModel("flux-dev, tuned", "0a1b2c3d0a"),
        };
        Samples.AssertSame(expected, A1111Text.Parse(A1111Text.Write(full)));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("a, b")]
    [InlineData("a: b")]
    [InlineData("two\nlines, \"quoted\" \\ and 狐")]
    [InlineData("\"starts like a string")]
    [InlineData(" blank at the ends ")]
    [InlineData("<lora:x:1> & 'y'")]
    public void Write_quotes_values_so_that_they_come_back(string value)
    {
        Recipe recipe = new() { Prompt = "p", Steps = 1, Seed = new Seed(2), Size = new ImageSize(8, 8), Model = new RecipeModel(value, null) };
        Assert.Equal(value, A1111Text.Parse(A1111Text.Write(recipe)).Model?.Name);
    }

    [Fact]
    public void Parse_reads_a_picture_of_the_web_ui_and_keeps_unknown_keys()
    {
        Recipe recipe = A1111Text.Parse(
            "portrait, (detailed:1.2)\nsecond line \n\nNegative prompt: bad, ugly\nworse\n"
            + "Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7.0, Seed: 965400086, Size: 512x768, Model hash: 45dee52b, Model: sd_xl_base, "
            + "VAE hash: 63aeecb90f, Denoising strength: 0.4, Clip skip: 2, Hires upscale: 2, "
            + "Lora hashes: \"add_detail: 7c6bad76eb54, b: 1\", TI hashes: \"x: \\\"y\\\"\", Version: v1.10.1");
        Assert.Equal("portrait, (detailed:1.2)\nsecond line", recipe.Prompt);
        Assert.Equal("bad, ugly\nworse", recipe.NegativePrompt);
        Assert.Equal((20, "dpmpp-2m", 7.0, null, 965400086L), (recipe.Steps, recipe.Sampler, recipe.TrueGuidance, recipe.Guidance, recipe.Seed?.Value));
        Assert.Equal((new ImageSize(512, 768), 0.4, "v1.10.1"), (recipe.Size, recipe.Strength, recipe.Software));
        Assert.Equal(new RecipeModel("sd_xl_base", "45dee52b"), recipe.Model);
        Assert.Equal(
            [
                new("VAE hash", "63aeecb90f"), new("Clip skip", "2"), new("Hires upscale", "2"), new("Lora hashes", "add_detail: 7c6bad76eb54, b: 1"),
                new("TI hashes", "x: \"y\""), new("Schedule type", "Karras"),
            ],
            recipe.Extras);
    }

    [Fact]
    public void Parse_reads_forge_s_flux()
    {
        Recipe recipe = A1111Text.Parse(
            "a fox\nSteps: 20, Sampler: Euler, Schedule type: Simple, CFG scale: 1, Distilled CFG Scale: 3.5, Seed: 7, Size: 896x1152, Model hash: 4610115bb0, "
            + "Model: flux1-dev, Version: f2.0.1v1.10.1-previous, Module 1: ae, Module 2: clip_l, Module 3: t5xxl_fp16");
        Assert.Equal((1.0, 3.5, "euler", null), (recipe.TrueGuidance, recipe.Guidance, recipe.Sampler, recipe.NegativePrompt));
        Assert.Equal(["Schedule type", "Module 1", "Module 2", "Module 3"], recipe.Extras.Select(extra => extra.Key));
    }

    [Fact]
    public void Parse_reads_civitai_s_scale_of_flux_as_distilled_guidance()
    {
        Recipe recipe = A1111Text.Parse(
            "a fox\nSteps: 28, Sampler: Undefined, CFG scale: 3.5, Seed: 7, Size: 832x1216, "
            + "Civitai resources: [{\"type\":\"checkpoint\",\"modelName\":\"FLUX\"}]");
        Assert.Equal((1.0, 3.5), (recipe.TrueGuidance, recipe.Guidance));
        Assert.Contains(new RecipeExtra("Sampler", "Undefined"), recipe.Extras);
    }

    [Theory]
    [InlineData("Euler", "euler", null)]
    [InlineData("Euler a", "euler-ancestral", null)]
    [InlineData("DPM++ 2M", "dpmpp-2m", null)]
    [InlineData("DPM++ 2M SGM Uniform", "dpmpp-2m", "SGM Uniform")]
    [InlineData("UniPC", "unipc", null)]
    [InlineData("euler", "euler", null)]
    [InlineData("DPM++ SDE Karras", null, null)]
    public void Samplers_are_known_by_the_names_of_others(string theirs, string? ours, string? schedule) =>
        Assert.Equal((ours, schedule), SamplerNames.ToOurs(theirs));

    [Theory]
    [InlineData("just a prompt", "just a prompt")]
    [InlineData("style: ink, mood: calm", "style: ink, mood: calm")]
    [InlineData("", "")]
    [InlineData("  \n \n", "")]
    public void Parse_takes_a_text_without_pairs_for_a_prompt(string text, string prompt)
    {
        Recipe recipe = A1111Text.Parse(text);
        Assert.Equal(prompt, recipe.Prompt);
        Assert.Null(recipe.Steps);
        Assert.Empty(recipe.Extras);
    }

    [Fact]
    public void Parse_keeps_values_it_cannot_use_as_extras()
    {
        Recipe recipe = A1111Text.Parse("p\nSteps: many, Seed: -1, Size: big, CFG scale: NaN, Sampler: LCM, Tail");
        Assert.Equal((null, null, null, null, null), (recipe.Steps, recipe.Seed, recipe.Size, recipe.TrueGuidance, recipe.Sampler));
        Assert.Equal([new("Steps", "many"), new("Seed", "-1"), new("Size", "big"), new("CFG scale", "NaN"), new("Sampler", "LCM")], recipe.Extras);
    }

    /// <summary>The expression of the web UI itself (infotext_utils.py) on lines of random pieces.</summary>
    [Fact]
    public void Pairs_are_found_where_the_web_ui_finds_them()
    {
        var theirs = new Regex(@"\s*(\w[\w \-/]+):\s*(""(?:\\.|[^\\""])+""|[^,]*)(?:,|$)");
        string[] pieces = ["Steps", "a", ": ", ":", ", ", ",", "\"x, y: z\"", "\"", "\\\"", " ", "-", "/", "(1.2)", "狐", "12x34", "Lora hashes"];
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++)
        {
            string line = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => pieces[random.Next(pieces.Length)]));
            Assert.Equal(
                theirs.Matches(line).Select(match => (match.Groups[1].Value.TrimEnd(), match.Groups[2].Value.Trim())),
                A1111Pairs.Read(line));
        }
    }

    [Fact]
    public void Parse_is_linear_in_the_length_of_the_line()
    {
        string words = string.Concat(Enumerable.Repeat("word ", 400_000));
        Recipe recipe = A1111Text.Parse(words + ": x, " + words);
        Assert.StartsWith("word", recipe.Prompt, StringComparison.Ordinal);
    }
}
