using Gesso.Formats.Gguf;
using Gesso.Formats.Safetensors;

namespace Gesso.Formats.Tests;

public sealed class TensorFilesTests
{
    public static TheoryData<string, byte[], string> NotModels => new()
    {
        { TensorFileCodes.EmptyFile, [], "empty" },
        { TensorFileCodes.PickleFile, [.. "PK\u0003\u0004"u8, .. new byte[60]], ".safetensors version" },
        { TensorFileCodes.PickleFile, [0x80, 0x02, 0x7D, 0x71, 0x00, 0x2E], ".safetensors version" },
        { TensorFileCodes.HtmlPage, "<!DOCTYPE html><html><head><title>Sign in</title>"u8.ToArray(), "licence" },
        { TensorFileCodes.HtmlPage, "\n  <html lang=\"en\">"u8.ToArray(), "web page" },
        { TensorFileCodes.HtmlPage, "\uFEFF<?xml version=\"1.0\"?><Error>"u8.ToArray(), "web page" },
        { TensorFileCodes.GitLfsPointer, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"u8.ToArray(), "git lfs pull" },
        { TensorFileCodes.UnsupportedVersion, "tjgg\u0003\0\0\0"u8.ToArray(), "before GGUF" },
        { TensorFileCodes.UnknownFormat, "hello, I am a text file"u8.ToArray(), "'hello, I am a text file'" },
        { TensorFileCodes.UnknownFormat, [1, 2, 3], "010203" },
        { TensorFileCodes.BadHeader, "{\"detail\":\"Not Found\"}"u8.ToArray(), "weight_map" },
    };

    [Theory]
    [MemberData(nameof(NotModels))]
    public void Content_that_is_no_model_is_refused_with_advice_whatever_its_name_says(string code, byte[] content, string advice)
    {
        using var folder = new TestFolder();
        foreach (var name in new[] { "model.safetensors", "model.gguf", "model.bin" })
        {
            var path = folder.Add(name, content);
            Assert.Contains(advice, FileErrors.ExpectOpening(code, path), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Readers_of_one_format_give_the_same_advice()
    {
        using var folder = new TestFolder();
        var page = folder.Add("m", "<html>"u8);
        FileErrors.Expect(TensorFileCodes.HtmlPage, () => SafetensorsFile.Open(page));
        FileErrors.Expect(TensorFileCodes.HtmlPage, () => GgufFile.Open(page));
        FileErrors.Expect(TensorFileCodes.HtmlPage, () => ShardedSafetensors.Open(page));
        var gguf = folder.Add("g", "GGUF\u0003\0\0\0"u8);
        Assert.Contains("GGUF", FileErrors.Expect(TensorFileCodes.UnknownFormat, () => SafetensorsFile.Open(gguf)), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_file_is_a_typed_error()
    {
        using var folder = new TestFolder();
        FileErrors.ExpectOpening(TensorFileCodes.FileNotFound, folder.At("none.safetensors"));
        FileErrors.ExpectOpening(TensorFileCodes.FileNotFound, folder.At("none/none.safetensors"));
    }

    [Fact]
    public void Directory_is_refused_with_the_models_inside_it()
    {
        using var folder = new TestFolder();
        Assert.Contains("no .safetensors", FileErrors.ExpectOpening(TensorFileCodes.IsDirectory, folder.Path), StringComparison.Ordinal);
        folder.Add("b.gguf", [1]);
        folder.Add("a.safetensors", [1]);
        folder.Add("readme.md", [1]);
        Assert.Contains("a.safetensors, b.gguf:", FileErrors.ExpectOpening(TensorFileCodes.IsDirectory, folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Unreadable_file_is_a_typed_error()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "The administrator may read every file.");
        using var folder = new TestFolder();
        var path = folder.Add("m.safetensors", [1, 2, 3]);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.None);
        FileErrors.ExpectOpening(TensorFileCodes.AccessDenied, path);
    }

    [Fact]
    public void Model_may_be_replaced_while_it_is_open()
    {
        using var folder = new TestFolder();
        var path = folder.At("m");
        SafetensorsWriter.Write(path, [(new TensorDeclaration("a", StorageType.U8, [2]), new byte[] { 1, 2 })]);
        using var old = TensorFiles.Open(path);
        SafetensorsWriter.Write(path, [(new TensorDeclaration("a", StorageType.U8, [1]), new byte[] { 3 })]);
        using var current = TensorFiles.Open(path);
        Assert.Equal([1, 2], old.Bytes(old.Tensors["a"]).ToArray());
        Assert.Equal([3], current.Bytes(current.Tensors["a"]).ToArray());
    }
}
