namespace Headgate.Server.Backup;

/// <summary>What a backup is encrypted under. It is not kept anywhere by the server.</summary>
internal static class Passphrase
{
    public const string Variable = "HEADGATE_BACKUP_PASSPHRASE";
    public const int MinLength = 12;

    /// <summary>The first line of <paramref name="file"/>, or what the environment variable says.</summary>
    /// <exception cref="BackupException">There is none, it is too short, or the file cannot be read.</exception>
    public static string Load(string? file)
    {
        string? text;
        var origin = file ?? "the environment variable " + Variable;
        try
        {
            text = file is null ? Environment.GetEnvironmentVariable(Variable) : File.ReadLines(file).FirstOrDefault();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"The passphrase in {file} cannot be read: {exception.Message}", exception);
        }

        if (string.IsNullOrEmpty(text))
        {
            throw new BackupException(
                $"A backup is encrypted, for it holds the authority's keys: give the passphrase with --passphrase-file FILE (its first line), or in the environment variable {Variable}. {origin} says none.");
        }

        return text.Length >= MinLength
            ? text
            : throw new BackupException($"The passphrase from {origin} has {text.Length} characters; it needs at least {MinLength}. Use random ones, such as the output of 'openssl rand -hex 24'.");
    }
}
