using Gesso.Contracts.Errors;
using Gesso.Diffusion.Imaging;
using Gesso.Testing;

namespace Gesso.Diffusion.Tests.Imaging;

public sealed class AtomicFileTests
{
    private static readonly byte[] Bytes = [1, 2, 3];

    [Fact]
    public void A_file_is_written_whole_and_nothing_else_stays()
    {
        using var folder = new TestFolder();

        AtomicFile.Write(folder.At("picture.png"), Bytes);

        Assert.Equal(Bytes, File.ReadAllBytes(folder.At("picture.png")));
        Assert.Equal(["picture.png"], folder.FileNames);
    }

    [Fact]
    public void An_older_file_is_replaced()
    {
        using var folder = new TestFolder();
        folder.Add("picture.png", new byte[1000]);

        AtomicFile.Write(folder.At("picture.png"), Bytes);

        Assert.Equal(Bytes, File.ReadAllBytes(folder.At("picture.png")));
        Assert.Equal(["picture.png"], folder.FileNames);
    }

    [Fact]
    public void A_part_left_by_a_process_that_died_does_not_matter()
    {
        using var folder = new TestFolder();
        folder.Add($".picture.png.{Environment.ProcessId}.part", new byte[1000]);

        AtomicFile.Write(folder.At("picture.png"), Bytes);

        Assert.Equal(Bytes, File.ReadAllBytes(folder.At("picture.png")));
        Assert.Equal(["picture.png"], folder.FileNames);
    }

    [Fact]
    public void A_missing_folder_is_named()
    {
        using var folder = new TestFolder();
        string path = folder.At("missing", "picture.png");

        foreach (var call in new Action[] { () => AtomicFile.Write(path, Bytes), () => AtomicFile.RequireWritable(path) })
        {
            string message = Refusal.Of("folder_missing", ErrorKind.Unavailable, call);
            Assert.Contains(folder.At("missing"), message);
            Assert.Contains("--out", message);
        }
        Assert.False(Directory.Exists(folder.At("missing")));
    }

    [Fact]
    public void A_file_in_the_place_of_a_folder_is_refused()
    {
        using var folder = new TestFolder();
        string path = Path.Combine(folder.Add("file", Bytes), "picture.png");

        foreach (var call in new Action[] { () => AtomicFile.Write(path, Bytes), () => AtomicFile.RequireWritable(path) })
        {
            var error = Assert.Throws<GessoException>(call);
            Assert.Equal(ErrorKind.Unavailable, error.Kind);
            Assert.Contains("--out", error.Message);
        }
        Assert.Equal(["file"], folder.FileNames);
        Assert.Equal(Bytes, File.ReadAllBytes(folder.At("file")));
    }

    [Fact]
    public void A_folder_in_the_place_of_the_file_is_refused_and_stays()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder.At("picture.png"));
        File.WriteAllBytes(folder.At("picture.png", "inside"), Bytes);

        Refusal.Of("not_writable", ErrorKind.Unavailable, () => AtomicFile.Write(folder.At("picture.png"), Bytes));
        Assert.Contains("is a folder", Refusal.Of("bad_output", () => AtomicFile.RequireWritable(folder.At("picture.png"))));

        Assert.Empty(folder.FileNames);
        Assert.True(File.Exists(folder.At("picture.png", "inside")));
    }

    [Fact]
    public void A_folder_without_permission_is_refused()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("permissions are of another kind there");
            return;
        }
        using var folder = new TestFolder();
        string closed = folder.At("closed");
        Directory.CreateDirectory(closed);
        File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            Assert.SkipWhen(CanWrite(closed), "this user may write everywhere (root)");
            Assert.Contains(closed, Refusal.Of("not_writable", ErrorKind.Unavailable, () => AtomicFile.Write(Path.Combine(closed, "picture.png"), Bytes)));
            Assert.Contains(closed, Refusal.Of("not_writable", ErrorKind.Unavailable, () => AtomicFile.RequireWritable(Path.Combine(closed, "picture.png"))));
        }
        finally
        {
            File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        Assert.Empty(Directory.EnumerateFiles(closed));
    }

    [Fact]
    public void A_name_that_is_too_long_is_refused()
    {
        using var folder = new TestFolder();

        var error = Assert.Throws<GessoException>(() => AtomicFile.Write(folder.At(new string('x', 300)), Bytes));

        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.Empty(folder.FileNames);
    }

    [Fact]
    public void Asking_whether_a_file_could_be_written_leaves_nothing()
    {
        using var folder = new TestFolder();
        folder.Add("there.png", Bytes);

        AtomicFile.RequireWritable(folder.At("picture.png"));
        AtomicFile.RequireWritable(folder.At("there.png"));

        Assert.Equal(["there.png"], folder.FileNames);
        Assert.Equal(Bytes, File.ReadAllBytes(folder.At("there.png")));
    }

    private static bool CanWrite(string folder)
    {
        try
        {
            File.WriteAllBytes(Path.Combine(folder, "probe"), []);
            File.Delete(Path.Combine(folder, "probe"));
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
