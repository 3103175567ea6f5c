/**
 * Why a zip is refused. 400 malformed, 413 over a limit, 415 not a zip we support, 422 well-formed but forbidden.
 * The codes are stable: clients may rely on them.
 */
export const ZIP_ERRORS = {
  zip_empty: { status: 400, message: 'The upload is empty: send a zip.' },
  zip_not_a_zip: { status: 415, message: 'The upload is not a zip.' },
  zip_truncated: { status: 400, message: 'The zip is cut short or has no end record.' },
  zip_bad_end: { status: 400, message: 'The zip has several end records.' },
  zip_bad_directory: { status: 400, message: 'The directory of the zip is broken.' },
  zip_extra_bytes: { status: 400, message: 'The zip has bytes before its first entry, between entries or after its end.' },
  zip_header_mismatch: { status: 400, message: "An entry's local header and the central directory disagree." },
  zip_size_mismatch: { status: 400, message: 'An entry has another size than the zip declares.' },
  zip_crc_mismatch: { status: 400, message: "An entry's content does not match its checksum." },
  zip_bad_data: { status: 400, message: "An entry's compressed data is broken." },
  zip_count_mismatch: { status: 400, message: 'The zip has another number of entries than it declares.' },
  zip_bad_zip64: { status: 400, message: "The zip's 64-bit fields are broken." },
  zip_too_large: { status: 413, message: 'The zip is too large.' },
  zip_content_too_large: { status: 413, message: "The zip's content is too large." },
  zip_too_many_entries: { status: 413, message: 'The zip has too many entries.' },
  zip_name_too_long: { status: 413, message: 'A name in the zip is too long.' },
  zip_too_deep: { status: 413, message: 'The folders in the zip are nested too deep.' },
  zip_too_costly: { status: 413, message: 'Checking the zip took too much processor time or memory.' },
  zip_encrypted: { status: 415, message: 'The zip is encrypted.' },
  zip_multi_disk: { status: 415, message: 'The zip is split over several files.' },
  zip_bad_method: { status: 415, message: 'An entry is compressed by a method other than stored or deflate.' },
  zip_no_entries: { status: 422, message: 'The zip has no entries.' },
  zip_path_escape: { status: 422, message: 'A name in the zip leaves its folder.' },
  zip_absolute_path: { status: 422, message: 'A name in the zip is an absolute path.' },
  zip_link: { status: 422, message: 'The zip holds a symbolic link.' },
  zip_special_file: { status: 422, message: 'The zip holds a device, pipe, socket or setuid file.' },
  zip_duplicate_name: { status: 422, message: 'Two entries of the zip have the same name.' },
  zip_name_collision: { status: 422, message: 'Two names in the zip differ only in case or accents, or one is both file and folder.' },
  zip_bad_name: { status: 422, message: 'A name in the zip has characters that are not allowed.' },
  zip_name_disagrees: { status: 422, message: 'An entry has two different names.' },
  zip_overlap: { status: 422, message: 'Entries of the zip overlap.' },
} as const;

export type ZipErrorCode = keyof typeof ZIP_ERRORS;
