using Gesso.Contracts.Errors;
using Gesso.Engine.Library.Hub;

namespace Gesso.Engine.Tests.Hub;

public sealed class FileSelectionTests
{
    [Fact]
    public void Selection_takes_each_component_in_one_form()
    {
        string[] chosen = Choose(
            ["unet"],
            "model_index.json",
            "unet/config.json",
            "unet/diffusion_pytorch_model.safetensors",
            "unet/diffusion_pytorch_model.fp16.safetensors",
            "unet/diffusion_pytorch_model.bin",
            "unet/diffusion_pytorch_model.onnx");
        Assert.Equal(["model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors"], chosen);
    }

    [Fact]
    public void Selection_prefers_shards_and_their_index_over_the_whole_file()
    {
        string[] chosen = Choose(
            ["t"],
            "model_index.json",
            "t/consolidated.safetensors",
            "t/model-00001-of-00002.safetensors",
            "t/model-00002-of-00002.safetensors",
            "t/model.fp16-00001-of-00002.safetensors",
            "t/model.fp16-00002-of-00002.safetensors",
            "t/model.safetensors.index.json",
            "t/model.safetensors.index.fp16.json",
            "t/pytorch_model.bin.index.json",
            "t/tokenizer.json",
            "t/chat_template.jinja");
        Assert.Equal(
            [
                "model_index.json", "t/chat_template.jinja", "t/model-00001-of-00002.safetensors", "t/model-00002-of-00002.safetensors",
                "t/model.safetensors.index.json", "t/tokenizer.json",
            ],
            chosen);
    }

    [Fact]
    public void Selection_takes_a_half_precision_variant_where_there_is_nothing_else()
    {
        string[] chosen = Choose(["vae"], "model_index.json", "vae/model.fp16.safetensors", "vae/model.bf16.safetensors");
        Assert.Equal(["model_index.json", "vae/model.bf16.safetensors"], chosen);
    }

    [Fact]
    public void Selection_refuses_pickles_and_missing_components()
    {
        Assert.Equal("no_safetensors", Assert.Throws<GessoException>(() => Choose(["vae"], "model_index.json", "vae/model.bin")).Code);
        GessoException missing = Assert.Throws<GessoException>(() => Choose(["vae", "transformer"], "model_index.json", "vae/config.json"));
        Assert.Equal("repo_incomplete", missing.Code);
        Assert.Contains("'transformer'", missing.Message, StringComparison.Ordinal);
        Assert.Equal("no_safetensors", Assert.Throws<GessoException>(() => Choose(null, "README.md", "data.csv")).Code);
    }

    [Fact]
    public void Selection_takes_a_text_encoder_repo_from_its_top()
    {
        string[] chosen = Choose(null, "README.md", "config.json", "model.safetensors", "pytorch_model.bin", "spiece.model", "onnx/model.onnx");
        Assert.Equal(["README.md", "config.json", "model.safetensors", "spiece.model"], chosen);
    }

    private static string[] Choose(string[]? components, params string[] paths)
    {
        List<HubFile> chosen = FileSelection.Choose([.. paths.Select(path => new HubFile(path, 10, null))], components, null, "o/m");
        return [.. chosen.Select(file => file.Path).Order(StringComparer.Ordinal)];
    }
}
