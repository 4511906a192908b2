using System.Text.Json;
using Headgate.Server.Hosting;
using Headgate.Silo;
using Headgate.Silo.Storage.Engines;

namespace Headgate.Server.Databases;

/// <summary>
/// Which database a data directory's tables are in. It is kept in <c>database.json</c> there, without its password, so that whoever is given the directory (a server
/// that is started again, a backup, the doctor) looks at the same one, and no forgotten option makes a server begin with empty tables.
/// </summary>
/// <param name="Database">As <c>--database</c> takes it; null for SQLite.</param>
/// <param name="PasswordFile">Full path of the file with its password; null for the environment's, or none.</param>
internal sealed record DatabaseChoice(string? Database, string? PasswordFile)
{
    public const string FileName = "database.json";
    public const string PasswordVariable = "HEADGATE_DATABASE_PASSWORD";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>What was given, or else what <paramref name="dataDirectory"/> remembers, or else SQLite.</summary>
    /// <exception cref="StartupException">What it remembers cannot be read.</exception>
    public static DatabaseChoice Of(string? database, string? passwordFile, string dataDirectory)
    {
        var remembered = Load(dataDirectory);
        return new DatabaseChoice(database ?? remembered?.Database, passwordFile is null ? remembered?.PasswordFile : Path.GetFullPath(passwordFile));
    }

    /// <summary>Where that is, with its password.</summary>
    /// <exception cref="StartupException">It cannot be, or the password cannot be read.</exception>
    public DatabaseLocation Locate(string dataDirectory)
    {
        try
        {
            var silo = new SiloOptions { DataDirectory = dataDirectory };
            Apply(silo);
            return DatabaseLocation.Of(silo);
        }
        catch (FormatException exception)
        {
            throw new StartupException($"--database {exception.Message}.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The database's password cannot be read from {PasswordFile}: {exception.Message}", exception);
        }
    }

    /// <summary>Tells a silo's options.</summary>
    public void Apply(SiloOptions silo)
    {
        (silo.Database, silo.DatabasePasswordFile) = (Database, PasswordFile);
        silo.DatabasePassword = Environment.GetEnvironmentVariable(PasswordVariable) is { Length: > 0 } password ? password : null;
    }

    /// <summary>The database; what opens it is nobody's who reads a log.</summary>
    public override string ToString() => Database ?? "sqlite";

    /// <summary>Keeps it in the data directory.</summary>
    /// <exception cref="StartupException">It cannot be written.</exception>
    public void Remember(string dataDirectory)
    {
        if ((Load(dataDirectory) ?? new DatabaseChoice(null, null)) == this)
        {
            return;
        }

        var path = Path.Combine(dataDirectory, FileName);
        try
        {
            using (var file = new FileStream(path + ".new", FileMode.Create, FileAccess.Write))
            {
                JsonSerializer.Serialize(file, this, s_json);
                file.Flush(flushToDisk: true);
            }

            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{path} cannot be written: {exception.Message}", exception);
        }
    }

    private static DatabaseChoice? Load(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, FileName);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<DatabaseChoice>(File.ReadAllBytes(path), s_json) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new StartupException($"{path} says which database this server has and cannot be read: {exception.Message} Give --database once more, after moving that file away.", exception);
        }
    }
}
