using Headgate.Silo.Storage.Engines;
using Npgsql;

namespace Headgate.Silo.Tests.Storage;

public sealed class LocationTests
{
    [Theory]
    [InlineData("postgresql://headgate@db1/silo", "db1", 5432, "headgate", "silo", "postgresql://headgate@db1:5432/silo")]
    [InlineData("postgres://headgate@db1:6432/silo", "db1", 6432, "headgate", "silo", "postgresql://headgate@db1:6432/silo")]
    [InlineData("postgresql://us%40er@%2Frun%2Fpostgresql/si%2Flo", "/run/postgresql", 5432, "us@er", "si/lo", "postgresql://us@er@/run/postgresql:5432/si/lo")]
    [InlineData("postgresql://u@[2001:db8::1]:5433/silo", "2001:db8::1", 5433, "u", "silo", "postgresql://u@2001:db8::1/silo")]
    [InlineData("postgresql:///silo?host=db1&user=u&port=7", "db1", 7, "u", "silo", "postgresql://u@db1:7/silo")]
    [InlineData("Host=db1;Port=7;Username=u;Database=silo", "db1", 7, "u", "silo", "postgresql://u@db1:7/silo")]
    public void TryParse_OfAServer_TellsItsParts(string text, string host, int port, string user, string database, string shown)
    {
        Assert.True(DatabaseLocation.TryParse(text, "/data", out var location, out var error), error);
        var server = new NpgsqlConnectionStringBuilder(location.ConnectionString);
        Assert.Equal((host, port, user, database), (server.Host, server.Port, server.Username, server.Database));
        Assert.Equal(shown, location.ToString());
    }

    [Fact]
    public void TryParse_OfTlsOptions_PassesThemOn()
    {
        Assert.True(DatabaseLocation.TryParse("postgresql://u@db1/silo?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&target_session_attrs=read-write", "", out var location, out var error), error);
        var server = new NpgsqlConnectionStringBuilder(location.ConnectionString);
        Assert.Equal((SslMode.VerifyFull, "/etc/ca.pem", "read-write"), (server.SslMode, server.RootCertificate, server.TargetSessionAttributes));
        Assert.False(server.IncludeErrorDetail || server.LogParameters || server.PersistSecurityInfo);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("sqlite")]
    [InlineData("SQLite")]
    public void TryParse_OfNothingOrSqlite_IsTheFile(string? text)
    {
        Assert.True(DatabaseLocation.TryParse(text, "/data", out var location, out _));
        Assert.False(location.IsServer);
        Assert.Equal(Path.Combine("/data", "headgate.db"), location.ToString());
    }

    [Theory]
    [InlineData("postgresql://u:hunter2@db1/silo", "HEADGATE_DATABASE_PASSWORD")]
    [InlineData("postgresql://u@db1/silo?password=hunter2", "HEADGATE_DATABASE_PASSWORD")]
    [InlineData("postgresql://u@db1/silo?sslpassword=hunter2", "HEADGATE_DATABASE_PASSWORD")]
    [InlineData("Host=db1;Username=u;Database=silo;Password=hunter2", "HEADGATE_DATABASE_PASSWORD")]
    [InlineData("Host=db1;Username=u;Database=silo;Pwd=hunter2;", "HEADGATE_DATABASE_PASSWORD")]
    [InlineData("postgresql://u@db1/silo?hunter2=1", "allowed is")]
    [InlineData("postgresql://u@db1:hunter2/silo", "allowed is")]
    [InlineData("hunter2", "allowed is")]
    [InlineData("mysql://u@db1/silo", "allowed is")]
    [InlineData("postgresql://u@db1", "no database")]
    [InlineData("postgresql://db1/silo", "no user")]
    [InlineData("postgresql://u@/silo", "no host")]
    public void TryParse_OfWhatCannotBe_SaysWhyAndRepeatsNoSecret(string text, string expected)
    {
        Assert.False(DatabaseLocation.TryParse(text, "/data", out _, out var error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_WithAPassword_ShowsItNowhere()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["password"], "hunter2\nsecond line\n");
        var options = new SiloOptions { DataDirectory = folder.Path, Database = "postgresql://u@db1/silo", DatabasePassword = "another", DatabasePasswordFile = folder["password"] };
        var location = DatabaseLocation.Of(options);
        Assert.Equal("hunter2", new NpgsqlConnectionStringBuilder(location.ConnectionString).Password);
        Assert.DoesNotContain("hunter2", location.ToString(), StringComparison.Ordinal);
    }
}
