using Gesso.Torch.Native;

namespace Gesso.Torch.Tests.Native;

public sealed class CacheFolderTests
{
    [Fact]
    public void Resolve_takes_the_option_then_the_variable_then_the_desktop_standard()
    {
        (string, string)[] both = [("GESSO_CACHE", "/gesso"), ("XDG_CACHE_HOME", "/xdg")];

        Assert.Equal("/option", CacheFolder.Resolve("/option", Host(both)));
        Assert.Equal("/gesso", CacheFolder.Resolve(null, Host(both)));
        Assert.Equal("/xdg/gesso", CacheFolder.Resolve(null, Host(both[1])));
        Assert.Equal("/home/ada/.cache/gesso", CacheFolder.Resolve(null, Host()));
    }

    [Fact]
    public void Resolve_ignores_a_relative_XDG_CACHE_HOME_as_its_specification_demands() =>
        Assert.Equal("/home/ada/.cache/gesso", CacheFolder.Resolve(null, Host(("XDG_CACHE_HOME", "cache"))));

    [Fact]
    public void Resolve_uses_local_data_on_Windows_and_the_temporary_folder_without_a_home()
    {
        NativeHost windows = Host(("XDG_CACHE_HOME", "/xdg")) with { System = NativeSystem.Windows, LocalDataFolder = "/local" };

        Assert.Equal("/local/gesso", CacheFolder.Resolve(null, windows));
        Assert.Equal(Path.Combine(Path.GetTempPath(), "gesso"), CacheFolder.Resolve(null, Host() with { HomeFolder = "" }));
    }

    private static NativeHost Host(params (string, string)[] variables) => FakeHost.Linux(new Dictionary<string, string>(), variables);
}
