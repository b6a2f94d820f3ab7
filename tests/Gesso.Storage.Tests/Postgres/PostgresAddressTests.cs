using Gesso.Storage.Postgres;
using Gesso.Testing;
using Npgsql;

namespace Gesso.Storage.Tests.Postgres;

public sealed class PostgresAddressTests
{
    [Fact]
    public void Url_has_all_its_parts()
    {
        var address = PostgresAddress.Parse("postgresql://us%40er:p%3Aw%2F@db.example.org:5433/my%20db?ssl_mode=require&maximum_pool_size=7&search_path=gesso");

        var settings = new NpgsqlConnectionStringBuilder(address.ConnectionString);
        Assert.Equal(("us@er", "p:w/", "db.example.org", 5433, "my db"), (settings.Username, settings.Password, settings.Host, settings.Port, settings.Database));
        Assert.Equal((SslMode.Require, 7, "gesso"), (settings.SslMode, settings.MaxPoolSize, settings.SearchPath));
        Assert.Equal("db.example.org:5433/my db", address.Display);
    }

    [Fact]
    public void Port_is_the_usual_one_unless_told() => Assert.Equal("h:5432/d", PostgresAddress.Parse("postgres://h/d").Display);

    [Theory]
    [InlineData("postgres://host")]
    [InlineData("postgres://host/")]
    [InlineData("postgres:///db")]
    public void Url_without_host_or_database_is_refused(string url) => Refusal.Of("bad_database", () => PostgresAddress.Parse(url));

    [Theory]
    [InlineData("postgres://u:secret@h/d?colour=red", "colour")]
    [InlineData("postgres://u:secret@h/d?maximum_pool_size=many", "maximum_pool_size")]
    public void Option_that_is_wrong_is_named_and_the_password_is_not(string url, string option)
    {
        string message = Refusal.Of("bad_database", () => PostgresAddress.Parse(url));

        Assert.Contains(option, message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
    }
}
